# SPDX-License-Identifier: Apache-2.0
"""The flow with workers that know a made-up scene: order, documents, gates, resume, and how a run ends."""

import json
from pathlib import Path
from typing import Any

import pytest
from fake_worker import DEATH, FakeScene, finding, step
from usdtune.report import documents
from usdtune.workflow import flow, validate
from usdtune.workflow.options import RunOptions
from usdtune.workflow.run_state import MILESTONES, sha256_of
from usdtune.workflow.start import Request, opened
from usdtune.workflow.step_proof import steps_block
from usdtune.workflow.stops import AtGate, BadUsage, Blocked, Failed, Refused

Json = dict[str, Any]
AS_IS = {"restructure": "optimize-as-is"}


@pytest.fixture
def source(tmp_path: Path) -> Path:
    path = tmp_path / "plant.usda"
    path.write_text("#usda 1.0\n")
    return path


@pytest.fixture
def scene() -> FakeScene:
    return FakeScene()


def run(source: Path, scene: FakeScene, approvals: dict[str, str] | None = AS_IS, **more: Any) -> Path:
    out = source.parent / "out"
    request = Request(source=source, out=out, approvals=approvals or {}, new_worker=scene.start, **more)
    with opened(request) as current:
        flow.run_all(current)
    return out


def load(out: Path, name: str, which: int = 0) -> Any:
    return documents.load(out / documents.FILE_NAMES[name][which].format(asset_name="plant"), name)


def states(out: Path) -> dict[str, str]:
    return {record["label"]: record["state"] for record in load(out, "run_state")["milestones"]}


def test_all_milestones_are_reached_in_the_seeds_order(source: Path, scene: FakeScene) -> None:
    out = run(source, scene)
    assert list(states(out)) == list(MILESTONES)
    assert states(out)["apply-restructure"] == states(out)["so-run-validators"] == "skipped"
    assert all(state in ("done", "skipped") for state in states(out).values())
    assert load(out, "run_state")["status"] == "done"


def test_every_document_keeps_its_contract(source: Path, scene: FakeScene) -> None:
    out = run(source, scene)
    for name in (
        "setup_preflight",
        "sa_report",
        "validation_scope_note",
        "restructure_decision",
        "gates",
        "op_chain",
        "optimization_plan",
        "compare_profiles",
        "verification_report",
        "run_state",
        "optimization_report",
    ):
        load(out, name)
    for name in ("profile", "validation_report", "provider_summary"):
        load(out, name, 0)
        load(out, name, 1)
    assert len(list(out.glob("plant.*.summary.json"))) == 1


def test_the_report_tells_what_was_done(source: Path, scene: FakeScene) -> None:
    out = run(source, scene)
    report = load(out, "optimization_report")
    assert (report["verdict"], report["workflow_mode"]) == ("improved", "full")
    assert report["output_path"] == str(out / "plant.optimized.usdc")
    assert [row["name"] for row in report["operations"]] == ["meshCleanup", "computeExtents"]
    assert report["validators"] == [
        {"name": "openability", "issues": 0, "notes": "before 0, after 0"},
        {"name": "vertex_weld", "issues": 0, "notes": "before 1, after 0"},
        {
            "name": "OpenUSD's own 30 validators",
            "issues": 0,
            "notes": "before not counted, as there was nothing after; after 0",
        },
    ]
    for kind in ("md", "html"):
        page = (out / f"plant_optimization_report.{kind}").read_text()
        assert "meshCleanup" in page and "improved" in page


def test_preservation_counts_what_is_drawn_and_not_what_is_stored(source: Path, scene: FakeScene) -> None:
    scene.after = {**scene.after, "x_mesh_count": 8, "prototype_count": 4, "instance_count": 96}
    report = load(run(source, scene), "optimization_report")
    assert report["preservation"]["rendered_mesh_count"] == 100
    assert report["target_coverage"]["entries"][0]["optimized_mesh_count"] == 8
    assert report["structural_summary"]["unique_prototype_count"] == 4


def test_validation_report_points_at_what_it_came_from(source: Path, scene: FakeScene) -> None:
    out = run(source, scene)
    for which, summary in enumerate(("provider-summary.json", "provider-summary.after.json")):
        artifacts = load(out, "validation_report", which)["artifacts"]
        assert artifacts["provider_summary"] == str(out / summary)
        assert artifacts["scope_note"] == str(out / "validation-scope-note.json")
        assert artifacts["phase_recommendation"] == "optimization"
    note = load(out, "validation_scope_note")
    assert note["artifact_paths"] == [
        str(out / name) for name in ("sa_report.json", "validation-report.json", "provider-summary.json")
    ]


def test_findings_that_are_not_written_are_counted(
    source: Path, scene: FakeScene, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(validate, "FINDING_LIMIT", 2)
    scene.findings = [finding("vertex_weld", f"/Plant/{i}") for i in range(5)]
    out = run(source, scene)
    report = load(out, "validation_report")
    assert (len(report["findings"]), report["summary"]["warningCount"]) == (2, 5)
    summary = load(out, "provider_summary")
    assert summary["by_severity"] == {"WARNING": 5}
    assert summary["open_secs"] >= 0.0
    assert load(out, "provider_summary", 1)["open_secs"] is None, "verification had read the result already"
    assert "Of 5 findings of vertex_weld the report holds the first 2; all are counted." in summary["limitations"]


def test_gates_are_about_a_plan_that_answers_do_not_change(source: Path, scene: FakeScene) -> None:
    scene.steps.append(
        step("removePrims", gate="destructive:removePrims", identity="removed", lossClass="bounded-loss")
    )
    bound_to = load(run(source, scene), "gates")["plan_sha256"]
    assert bound_to is not None
    answers = source.with_name("answers.json")
    given = {**AS_IS, "destructive:removePrims": "apply"}
    answers.write_text(json.dumps({"source_sha256": sha256_of(source), "plan_sha256": bound_to, "answers": given}))
    out = run(source, scene, approvals=None, answers=answers, overwrite=True)
    assert [row["key"] for row in load(out, "optimization_plan")["operations"]][-1] == "removePrims"
    assert load(out, "gates")["plan_sha256"] == bound_to


def test_rule_that_cannot_look_is_no_clean_result(source: Path, scene: FakeScene) -> None:
    scene.problem = "/Plant: the rule does not end."
    report = load(run(source, scene), "optimization_report")
    row = next(row for row in report["validators"] if row["name"] == "vertex_weld")
    assert row["notes"] == "before 0, after 0; could not look everywhere: /Plant: the rule does not end."
    assert report["reasoning"].startswith("The selected rules found nothing where they could look.")
    assert "vertex_weld" in next(group for group in report["metric_groups"] if group["id"] == "validation")["caveat"]


def test_files_are_weighed_and_told_apart(source: Path, scene: FakeScene) -> None:
    health = load(run(source, scene), "sa_report")["layer_health"]
    assert health == {"formats": {"usda": 1}, "large_usda": [], "tiny": [str(source)]}
    source.write_text("#usda 1.0\n" + "# long\n" * 20_000)
    health = load(run(source, scene, overwrite=True), "sa_report")["layer_health"]
    assert (health["large_usda"], health["tiny"]) == ([str(source)], [])


def test_report_lists_the_rules_that_this_version_does_not_have(source: Path, scene: FakeScene) -> None:
    assert "Not in this version: normals_winding." in load(run(source, scene), "optimization_report")["notes"]


def test_source_stays_as_it_was(source: Path, scene: FakeScene) -> None:
    before = sha256_of(source)
    run(source, scene)
    assert sha256_of(source) == before


def test_unanswered_gate_stops_with_a_record_that_says_how_to_answer(source: Path, scene: FakeScene) -> None:
    with pytest.raises(AtGate) as caught:
        run(source, scene, approvals=None)
    out = source.parent / "out"
    gate = caught.value.gate
    assert caught.value.exit_code == 3
    assert gate is not None
    assert gate["how_to_answer"] == "--approve restructure=optimize-as-is|exit"
    stop = load(out, "stop")
    assert stop["exit_class"] == 24
    assert [Path(row["path"]).name for row in stop["artifacts"]] == ["gates.json", "restructure_decision_pending.json"]
    assert load(out, "restructure_decision_pending")["how_to_answer"]["answers_file_key"] == "restructure"
    assert load(out, "gates")["gates"][0]["answered"] is False
    assert states(out)["restructure-decision"] == "blocked"


def test_an_answer_goes_on_where_the_run_stopped(source: Path, scene: FakeScene) -> None:
    with pytest.raises(AtGate):
        run(source, scene, approvals=None)
    scene.asked.clear()
    out = run(source, scene)
    assert "probe" not in scene.asked
    assert scene.asked.count("assess") == 1, "of the result, not of the scene again"
    assert not (out / "stop.json").exists()
    assert not (out / "restructure_decision_pending.json").exists()


def test_branches_of_later_versions_are_named_and_refused(source: Path, scene: FakeScene) -> None:
    with pytest.raises(BadUsage, match="later version"):
        run(source, scene, approvals={"restructure": "extract-as-assets"})
    with pytest.raises(BadUsage, match="not one of the choices: optimize-as-is, exit"):
        run(source, scene, approvals={"restructure": "perhaps"})


def test_exit_writes_a_diagnosis(source: Path, scene: FakeScene) -> None:
    out = run(source, scene, approvals={"restructure": "exit"})
    report = load(out, "optimization_report")
    assert report["output_path"] is None
    assert report["operations"] == []
    assert report["target_coverage"] == {"complete": True, "source_manifests": [], "entries": []}
    assert report["verdict"] == "neutral"
    assert states(out)["so-run-operations"] == "skipped"


def test_composed_scene_is_not_asked(source: Path, scene: FakeScene) -> None:
    scene.classification, scene.payloads = "composed", 3
    out = run(source, scene, approvals=None)
    assert states(out)["restructure-decision"] == "skipped"
    assert not (out / "restructure_decision.json").exists()


def test_scene_of_one_mesh_is_not_asked(source: Path, scene: FakeScene) -> None:
    scene.meshes = 1
    out = run(source, scene, approvals=None)
    assert states(out)["restructure-decision"] == "skipped"
    assert load(out, "run_state")["status"] == "done"


def test_missing_operation_blocks_before_anything_is_written(source: Path, scene: FakeScene) -> None:
    scene.operations = ["computeExtents", "meshCleaner"]
    with pytest.raises(Blocked) as caught:
        run(source, scene)
    assert caught.value.code == "blocked_missing_so_operation"
    assert caught.value.alternatives == ["meshCleaner"]
    assert load(source.parent / "out", "stop")["exit_class"] == 21
    assert "author" not in scene.asked


def test_no_operations_at_all_is_another_block(source: Path, scene: FakeScene) -> None:
    scene.operations = []
    with pytest.raises(Blocked) as caught:
        run(source, scene)
    assert caught.value.code == "blocked_missing_scene_optimizer"


def test_nothing_to_do_is_neutral_and_writes_no_scene(source: Path, scene: FakeScene) -> None:
    scene.edit_count = 0
    out = run(source, scene)
    report = load(out, "optimization_report")
    assert (report["workflow_mode"], report["verdict"], report["output_path"]) == ("no_op", "neutral", None)
    assert report["optimization_score"] == 5.0
    assert report["structural_summary"]["frontier_convergence_waived"] is True
    assert report["target_coverage"]["entries"][0]["disposition"] == "optimized"
    assert "it passed over 2 (it changes over time)" in report["executive_summary"]
    assert not (out / "plant.optimized.usdc").exists()
    assert states(out)["profile-stage:after"] == states(out)["compare-profiles"] == "skipped"


def test_empty_plan_is_nothing_to_do(source: Path, scene: FakeScene) -> None:
    scene.steps = []
    report = load(run(source, scene), "optimization_report")
    assert report["workflow_mode"] == "no_op"
    assert report["target_coverage"] == {"complete": True, "source_manifests": [], "entries": []}


def test_broken_law_is_not_delivered(source: Path, scene: FakeScene) -> None:
    row = {"law": "surface", "path": "/A", "other_path": "", "message": "a corner moved by 1 m", "distance_m": 1.0}
    scene.differences = {"rendered": [row]}
    with pytest.raises(Refused, match="a corner moved by 1 m"):
        run(source, scene)
    out = source.parent / "out"
    assert not (out / "plant.optimized.usdc").exists()
    report = load(out, "verification_report")
    assert report["accepted"] is False
    assert load(out, "run_state")["status"] == "refused"


def test_news_for_openusds_validators_are_not_delivered(source: Path, scene: FakeScene) -> None:
    scene.validation_news = [{"validator": "usdGeomValidators:SubsetFamilies.X", "path": "/A", "message": "not a face"}]
    with pytest.raises(Refused, match=r"SubsetFamilies.*/A: not a face"):
        run(source, scene)
    out = source.parent / "out"
    assert not (out / "plant.optimized.usdc").exists()
    assert load(out, "verification_report")["usd_validation"]["status"] == "broken"


def summary_of(out: Path) -> Any:
    return documents.load(next(out.glob("*.summary.json")), "op_summary")


def test_step_that_breaks_its_promise_is_rolled_back(source: Path, scene: FakeScene) -> None:
    scene.broken_steps = {"meshCleanup"}
    out = run(source, scene)
    report = load(out, "verification_report")
    assert [(row["order"], row["operation"]) for row in report["rolled_back"]] == [(1, "meshCleanup")]
    results = [row["result"] for row in load(out, "optimization_report")["operations"]]
    assert results[0] == "rolled back: meshCleanup breaks surface: /A: a corner moved."
    assert results[1].startswith("12 edits")
    assert scene.asked.count("author") == 1
    broken, kept = summary_of(out)["operations"]
    assert [row["law"] for row in broken["proof"]["laws"] if row["status"] == "broken"] == ["surface"]
    assert (broken["proof"]["max_deviation_m"], kept["proof"]["max_deviation_m"]) == (1.0, 0.0)
    assert kept["proof"]["sentence"] == "3 prims edited, 4 prims compared: 2 laws held."
    steps = steps_block(summary_of(out)["operations"])
    assert [(row["operation"], row["status"]) for row in steps] == [
        ("meshCleanup", "rolled_back"),
        ("computeExtents", "kept"),
    ]
    assert steps[0]["promised"] == {"surface": "exact", "identity": "kept", "tolerance_m": 0.0}


def test_chain_of_which_no_step_keeps_its_promise_is_refused(source: Path, scene: FakeScene) -> None:
    scene.broken_steps = {"meshCleanup", "computeExtents"}
    with pytest.raises(Refused, match=r"meshCleanup breaks surface: /A: a corner moved\. Nothing was delivered"):
        run(source, scene)
    out = source.parent / "out"
    assert load(out, "run_state")["status"] == "refused"
    assert [row["rolled_back"] for row in summary_of(out)["operations"]] == [True, True]
    assert not (out / "plant.optimized.usdc").exists()


def test_step_that_only_others_accuse_is_found_and_rolled_back(source: Path, scene: FakeScene) -> None:
    """What is drawn is the same; OpenUSD's validators say something new whenever the second step ran."""
    scene.steps = [step("computeExtents"), step("meshCleanup"), step("removePrims")]
    news = {"validator": "usdGeom:Checker.Bad", "path": "/A", "message": "bad"}
    scene.news_of = lambda chain: [news] if "meshCleanup" in chain else []
    out = run(source, scene)
    report = load(out, "verification_report")
    assert [(row["order"], row["operation"]) for row in report["rolled_back"]] == [(2, "meshCleanup")]
    assert report["accepted"] and "Bad" in report["rolled_back"][0]["reason"]
    assert scene.chain == ["computeExtents", "removePrims"]


def test_step_that_fails_is_left_out_and_the_rest_goes_on(source: Path, scene: FakeScene) -> None:
    scene.failing = {"meshCleanup"}
    report = load(run(source, scene), "optimization_report")
    assert report["operations"][0]["result"].startswith("rolled back")
    assert "it cannot be edited" in report["operations"][0]["result"]
    assert report["workflow_mode"] == "full"


def test_step_that_made_it_worse_is_taken_back_and_the_rest_stays(source: Path, scene: FakeScene) -> None:
    scene.operations.append("deduplicateGeometry")
    scene.steps.append(step("deduplicateGeometry"))
    slower = {"warm_open_ms": 112.0, "prototype_count": 40}
    scene.after_of = lambda chain: slower if "deduplicateGeometry" in chain else {"total_attributes": 4000}
    out = run(source, scene)
    assert scene.asked.count("author") == 2
    report = load(out, "optimization_report")
    assert report["verdict"] == "improved"
    told = {row["name"]: row["result"] for row in report["operations"]}
    assert told["deduplicateGeometry"] == (
        "rolled back: the result measured worse: open time 100.0 → 112.0 ms (+12.0 %)"
    )
    assert told["meshCleanup"].startswith("12 edits")
    assert load(out, "run_state")["taken_back"][0]["operation"] == "deduplicateGeometry"
    assert (out / "plant.optimized.usdc").exists()


def test_memory_is_guarded_like_a_time(source: Path, scene: FakeScene) -> None:
    scene.operations.append("generateNormals")
    scene.steps.append(step("generateNormals"))
    larger = {"x_peak_rss_bytes": 140_000_000, "total_attributes": 6000}
    scene.after_of = lambda chain: larger if "generateNormals" in chain else {}
    report = load(run(source, scene), "optimization_report")
    [told] = [row["result"] for row in report["operations"] if row["name"] == "generateNormals"]
    assert "peak memory 100,000,000 → 140,000,000 bytes (+40.0 %)" in told


def test_nothing_known_to_blame_takes_everything_back(source: Path, scene: FakeScene) -> None:
    scene.after = {"total_size_bytes": 4_400_000}
    out = run(source, scene)
    report = load(out, "optimization_report")
    assert (report["workflow_mode"], report["verdict"], report["output_path"]) == ("no_op", "neutral", None)
    assert not list(out.glob("*.usdc")) and not list(out.glob("*.commit.json"))


def test_taking_back_survives_a_kill(source: Path, scene: FakeScene) -> None:
    scene.operations.append("deduplicateGeometry")
    scene.steps.append(step("deduplicateGeometry"))
    slower = {"warm_open_ms": 112.0, "prototype_count": 40}
    scene.after_of = lambda chain: slower if "deduplicateGeometry" in chain else {}
    calls = iter(["first", "second"])

    def die(job: str) -> None:
        if job == "author" and next(calls) == "second":
            raise DEATH

    scene.before_job = die
    with pytest.raises(Failed):
        run(source, scene)
    assert not (source.parent / "out" / "plant.optimized.usdc").exists()
    scene.before_job = lambda _: None
    report = load(run(source, scene), "optimization_report")
    assert [row["name"] for row in report["operations"] if row["result"].startswith("rolled back")] == [
        "deduplicateGeometry"
    ]


def approved(scene: FakeScene) -> dict[str, str]:
    """The answers of an owner who wants every step of this scene, whatever it costs."""
    scene.steps = [
        step("meshCleanup", gate="destructive:meshCleanup"),
        step("computeExtents", gate="destructive:computeExtents"),
    ]
    return {**AS_IS, "destructive:meshCleanup": "apply", "destructive:computeExtents": "apply"}


def test_worse_result_is_published_where_that_was_said_before(source: Path, scene: FakeScene) -> None:
    scene.after = {"total_size_bytes": 4_400_000}
    out = run(source, scene, approvals={**AS_IS, "publish_regressed": "publish"})
    assert load(out, "optimization_report")["verdict"] == "regressed"
    assert scene.asked.count("author") == 1


def test_worse_result_is_kept_back_until_somebody_says_publish(source: Path, scene: FakeScene) -> None:
    scene.after = {"total_size_bytes": 9_000_000}
    answers = approved(scene)
    with pytest.raises(AtGate, match="kept back"):
        run(source, scene, approvals=answers)
    out = source.parent / "out"
    assert not (out / "plant.optimized.usdc").exists()
    assert (out / "withdrawn" / "plant.optimized.usdc").exists()
    scene.asked.clear()
    run(source, scene, approvals={**answers, "publish_regressed": "publish"})
    assert (out / "plant.optimized.usdc").exists()
    assert "author" not in scene.asked
    assert load(out, "optimization_report")["verdict"] == "regressed"


def test_keeping_back_is_an_answer(source: Path, scene: FakeScene) -> None:
    scene.after = {"total_size_bytes": 9_000_000}
    out = run(source, scene, approvals={**approved(scene), "publish_regressed": "keep-back"})
    report = load(out, "optimization_report")
    assert report["output_path"] is None
    assert "kept back" in report["executive_summary"]


def test_destructive_step_waits_for_its_answer(source: Path, scene: FakeScene) -> None:
    scene.steps.append(
        step("removePrims", gate="destructive:removePrims", identity="removed", lossClass="bounded-loss")
    )
    out = run(source, scene)
    plan = load(out, "optimization_plan")
    assert "removePrims" not in [row["key"] for row in plan["operations"]]
    assert plan["x_excluded"][0]["gate"] == "destructive:removePrims"
    out = run(source, scene, approvals={**AS_IS, "destructive:removePrims": "apply"})
    assert "removePrims" in [row["key"] for row in load(out, "optimization_plan")["operations"]]


def test_keep_paths_leaves_out_what_moves_them(source: Path, scene: FakeScene) -> None:
    scene.steps = [step("meshCleanup"), step("computeExtents", identity="moved")]
    out = run(source, scene, options=RunOptions(keep_paths=True))
    assert [entry["operation"] for entry in load(out, "op_chain")] == ["meshCleanup"]


def test_finished_run_is_not_done_again(source: Path, scene: FakeScene) -> None:
    out = run(source, scene)
    first = load(out, "run_state")["run_id"]
    scene.asked.clear()
    run(source, scene)
    assert scene.asked == []
    assert load(out, "run_state")["run_id"] == first


def test_another_scene_in_the_folder_is_refused(source: Path, scene: FakeScene) -> None:
    run(source, scene)
    other = source.with_name("other.usda")
    other.write_text("#usda 1.0\n")
    request = Request(source=other, out=source.parent / "out", approvals=AS_IS, new_worker=scene.start)
    with pytest.raises(BadUsage, match=r"another run .*--overwrite"), opened(request):
        pass


def test_changed_scene_is_another_run(source: Path, scene: FakeScene) -> None:
    run(source, scene)
    source.write_text("#usda 1.0\n# changed\n")
    with pytest.raises(BadUsage, match=r"earlier plant\.usda"):
        run(source, scene)
    run(source, scene, overwrite=True)


def test_what_killed_writers_left_is_taken_away(source: Path, scene: FakeScene) -> None:
    left = []
    for name in documents.FILE_NAMES["profile"] + ("proof/closeup-1.after.color.png",):
        place = source.parent / "out" / name
        left.append(place.with_name(f".{place.name}.31082.{'0f' * 16}.tmp"))
        place.parent.mkdir(parents=True, exist_ok=True)
        left[-1].write_text("half of")
    run(source, scene)
    assert [place for place in left if place.exists()] == []


def test_pictures_of_an_earlier_run_go_and_those_of_others_stay(source: Path, scene: FakeScene) -> None:
    pictures = run(source, scene) / "proof"
    pictures.mkdir()
    for name in ("closeup-1.after.color.png", "closeup-1.ids.png", "steel.png", "steel.color.png"):
        (pictures / name).write_text("a picture")
    run(source, scene, overwrite=True)
    assert sorted(path.name for path in pictures.iterdir()) == ["steel.color.png", "steel.png"]


def test_foreign_files_are_not_overwritten(source: Path, scene: FakeScene) -> None:
    out = source.parent / "out"
    out.mkdir()
    (out / "plant.optimized.usdc").write_text("somebody's")
    with pytest.raises(BadUsage, match="no run here has written"):
        run(source, scene)
    assert (out / "plant.optimized.usdc").read_text() == "somebody's"


def test_lost_document_is_made_again(source: Path, scene: FakeScene) -> None:
    out = run(source, scene)
    (out / "sa_report.json").unlink()
    scene.asked.clear()
    run(source, scene)
    assert "assess" in scene.asked
    assert "probe" not in scene.asked
    assert (out / "sa_report.json").exists()


def test_death_of_a_worker_is_one_sentence_and_can_be_resumed(source: Path, scene: FakeScene) -> None:
    scene.stop_at["operate"] = DEATH
    with pytest.raises(Failed, match="truncated or replaced"):
        run(source, scene)
    assert load(source.parent / "out", "run_state")["status"] == "failed"
    scene.stop_at.clear()
    scene.asked.clear()
    out = run(source, scene)
    assert "profile" in scene.asked
    assert scene.asked.count("assess") == 1, "of the result, not of the scene again"
    assert (out / "plant.optimized.usdc").exists()


def test_stage_that_does_not_open_is_blocked(source: Path, scene: FakeScene) -> None:
    scene.stop_at["profile"] = Blocked("plant.usda: not a USD file.", code="blocked_stage_open")
    with pytest.raises(Blocked):
        run(source, scene)
    assert load(source.parent / "out", "stop")["exit_class"] == 32


def test_scene_changed_during_the_run_is_noticed(source: Path, scene: FakeScene) -> None:
    original = FakeScene.start

    def start(title: str, progress: Any) -> Any:
        if title.startswith("Verifying"):
            source.write_text("#usda 1.0\n# somebody saves\n")
        return original(scene, title, progress)

    scene.start = start  # type: ignore[method-assign]
    with pytest.raises(Failed, match="changed while"):
        run(source, scene)
    assert not (source.parent / "out" / "plant.optimized.usdc").exists()


def test_dry_run_ends_with_the_plan_and_asks_nothing(source: Path, scene: FakeScene) -> None:
    out = run(source, scene, approvals=None, dry=True)
    assert load(out, "op_chain")
    assert "operate" not in scene.asked
    assert load(out, "gates")["gates"][0]["answered"] is False


def test_phase_command_does_what_it_needs_and_no_more(source: Path, scene: FakeScene) -> None:
    out = source.parent / "out"
    request = Request(source=source, out=out, new_worker=scene.start)
    with opened(request) as current:
        flow.run_phase(current, "validate")
    assert "profile" not in scene.asked
    assert states(out)["usd-validation-runner"] == "done"
    scene.asked.clear()
    with opened(Request(source=None, out=out, new_worker=scene.start)) as current:
        flow.run_phase(current, "profile")
    assert "validate" not in scene.asked
    assert states(out)["usd-validation-runner"] == "done"


def test_answers_file_is_bound_to_its_source(source: Path, scene: FakeScene) -> None:
    answers = source.with_name("answers.json")
    document = {"source_sha256": sha256_of(source), "plan_sha256": None, "answers": AS_IS}
    answers.write_text(json.dumps(document))
    out = run(source, scene, approvals=None, answers=answers)
    assert load(out, "gates")["gates"][0]["answer_source"] == "answers_file"
    answers.write_text(json.dumps({**document, "source_sha256": "0" * 64}))
    with pytest.raises(BadUsage, match="another source"):
        run(source, scene, approvals=None, answers=answers, overwrite=True)


def test_answers_for_another_plan_are_refused(source: Path, scene: FakeScene) -> None:
    answers = source.with_name("answers.json")
    answers.write_text(json.dumps({"source_sha256": sha256_of(source), "plan_sha256": "0" * 64, "answers": AS_IS}))
    with pytest.raises(BadUsage, match="another plan"):
        run(source, scene, approvals=None, answers=answers)


def test_missing_folder_is_a_question(source: Path) -> None:
    with pytest.raises(AtGate) as caught, opened(Request(source=source, out=None)):
        pass
    assert caught.value.gate is not None
    assert caught.value.gate["id"] == "output_path"


def test_two_runs_never_share_a_folder(source: Path, scene: FakeScene) -> None:
    request = Request(source=source, out=source.parent / "out", approvals=AS_IS, new_worker=scene.start)
    with opened(request), pytest.raises(BadUsage, match="Another run is working"), opened(request):
        pass


def test_finding_without_an_operation_is_for_a_person(source: Path, scene: FakeScene) -> None:
    scene.findings.append(finding("vertex_weld", "/Plant/C", operation=""))
    plan = load(run(source, scene), "optimization_plan")
    assert plan["x_manual"][0]["paths"] == ["/Plant/C"]
    assert plan["x_manual"][0]["reason"] == "meshCleanup cannot repair these, such as /Plant/C: 12 points coincide"
    assert plan["rollbackPath"] == str(source)
