"""The only room that imports pxr: extraction into the core's Scene, and authoring of its Edits."""
