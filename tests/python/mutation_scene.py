# SPDX-License-Identifier: Apache-2.0
"""A small scene that has one of each thing that a broken operation could lose."""

import struct
import zlib
from pathlib import Path

SCENE = """#usda 1.0
(
    defaultPrim = "World"
    metersPerUnit = 1
    upAxis = "Z"
    startTimeCode = 0
    endTimeCode = 10
    customLayerData = { string project = "plant 7" }
)
class Xform "Standard"
{
    custom string norm = "ISO 4762"
}
def Xform "World" (
    prepend apiSchemas = ["CollectionAPI:parts"]
    kind = "assembly"
    assetInfo = { string version = "3" }
    customData = { string owner = "piping" }
)
{
    uniform token collection:parts:expansionRule = "explicitOnly"
    rel collection:parts:includes = [</World/Plate>, </World/Group/Pin>]
    def Mesh "Dirty"
    {
        uniform token subdivisionScheme = "none"
        int[] faceVertexCounts = [3, 3]
        int[] faceVertexIndices = [0, 1, 2, 3, 4, 5]
        point3f[] points = [(0, 0, 9), (1, 0, 9), (0, 1, 9), (1, 0, 9), (1, 1, 9), (0, 1, 9)]
        float3[] extent = [(0, 0, 9), (1, 1, 9)]
    }
    def Mesh "Boxless"
    {
        uniform token subdivisionScheme = "none"
        int[] faceVertexCounts = [3]
        int[] faceVertexIndices = [0, 1, 2]
        point3f[] points = [(0, 0, 8), (1, 0, 8), (0, 1, 8)]
    }
    def Mesh "Plate" (
        prepend apiSchemas = ["MaterialBindingAPI"]
        assetInfo = { string identifier = "plate-1" }
        customData = { double price = 12.5 }
        doc = "carries the pump"
    )
    {
        uniform token subdivisionScheme = "none"
        uniform bool doubleSided = 1
        float3[] extent = [(0, 0, 0), (2, 1, 0)]
        int[] faceVertexCounts = [4, 4]
        int[] faceVertexIndices = [0, 1, 4, 3, 1, 2, 5, 4]
        point3f[] points = [(0, 0, 0), (1, 0, 0), (2, 0, 0), (0, 1, 0), (1, 1, 0), (2, 1, 0)]
        normal3f[] normals = [(0, 0, 1), (0, 0, 1), (0, 0, 1), (0, 0, 1), (0, 0, 1), (0, 0, 1)] (
            interpolation = "vertex"
        )
        texCoord2f[] primvars:st = [(0, 0), (1, 0), (1, 1), (0, 1), (0.5, 0), (0.5, 1)] (
            interpolation = "faceVarying"
        )
        int[] primvars:st:indices = [0, 4, 5, 3, 0, 1, 2, 3]
        color3f[] primvars:displayColor = [(1, 0, 0), (0, 1, 0)] (
            interpolation = "uniform"
        )
        custom string note = "keep"
        custom rel friend = </World/Group/Pin>
        rel material:binding = </World/Looks/Wood>
        def GeomSubset "Left" (
            prepend apiSchemas = ["MaterialBindingAPI"]
        )
        {
            uniform token elementType = "face"
            uniform token familyName = "materialBind"
            int[] indices = [0]
            rel material:binding = </World/Looks/Red>
        }
        def GeomSubset "Right" (
            prepend apiSchemas = ["MaterialBindingAPI"]
        )
        {
            uniform token elementType = "face"
            uniform token familyName = "materialBind"
            int[] indices = [1]
            rel material:binding = </World/Looks/Stone>
        }
    }
    def Mesh "Tile" (
        prepend apiSchemas = ["MaterialBindingAPI"]
    )
    {
        uniform token subdivisionScheme = "none"
        float3[] extent = [(0, 0, 2), (1, 1, 2)]
        int[] faceVertexCounts = [4]
        int[] faceVertexIndices = [0, 1, 2, 3]
        point3f[] points = [(0, 0, 2), (1, 0, 2), (1, 1, 2), (0, 1, 2)]
        texCoord2f[] primvars:st = [(0, 0), (1, 0), (1, 1), (0, 1)] (
            interpolation = "vertex"
        )
        rel material:binding = </World/Looks/Red>
    }
    def Mesh "Smooth"
    {
        uniform token subdivisionScheme = "catmullClark"
        float3[] extent = [(-1, -1, -1), (1, 1, 1)]
        int[] faceVertexCounts = [4, 4, 4, 4, 4, 4]
        int[] faceVertexIndices = [0, 1, 3, 2, 4, 6, 7, 5, 0, 4, 5, 1, 2, 3, 7, 6, 0, 2, 6, 4, 1, 5, 7, 3]
        point3f[] points = [(-1, -1, -1), (1, -1, -1), (-1, 1, -1), (1, 1, -1),
                            (-1, -1, 1), (1, -1, 1), (-1, 1, 1), (1, 1, 1)]
        int[] creaseIndices = [0, 1, 5, 4]
        int[] creaseLengths = [4]
        float[] creaseSharpnesses = [4]
        int[] cornerIndices = [7]
        float[] cornerSharpnesses = [10]
        int[] holeIndices = [2]
        double3 xformOp:translate = (5, 0, 0)
        uniform token[] xformOpOrder = ["xformOp:translate"]
    }
    def Mesh "Moving"
    {
        uniform token subdivisionScheme = "none"
        float3[] extent = [(0, 0, 0), (1, 1, 0)]
        int[] faceVertexCounts = [3]
        int[] faceVertexIndices = [0, 1, 2]
        point3f[] points.timeSamples = {
            0: [(0, 0, 0), (1, 0, 0), (0, 1, 0)],
            5: [(0, 0, 0), (1, 0, 0), (0, 1, 1)],
        }
        double3 xformOp:translate.timeSamples = { 0: (0, 5, 0), 10: (1, 5, 0) }
        uniform token[] xformOpOrder = ["xformOp:translate"]
    }
    def Xform "Group"
    {
        double3 xformOp:translate = (0, 10, 0)
        uniform token[] xformOpOrder = ["xformOp:translate"]
        color3f[] primvars:displayColor = [(0.2, 0.2, 0.2)] (
            interpolation = "constant"
        )
        def Scope "Norm" (
            prepend inherits = </Standard>
        )
        {
        }
        def Mesh "Pin"
        {
            uniform token subdivisionScheme = "none"
            float3[] extent = [(0, 0, 0), (1, 1, 0)]
            int[] faceVertexCounts = [3]
            int[] faceVertexIndices = [0, 1, 2]
            point3f[] points = [(0, 0, 0), (1, 0, 0), (0, 1, 0)]
        }
    }
    def Xform "Screw_1" (
        instanceable = true
        prepend references = </Protos/Screw>
    )
    {
        double3 xformOp:translate = (0, 20, 0)
        uniform token[] xformOpOrder = ["xformOp:translate"]
    }
    def Xform "Screw_2" (
        instanceable = true
        prepend references = </Protos/Screw>
    )
    {
        double3 xformOp:translate = (3, 20, 0)
        uniform token[] xformOpOrder = ["xformOp:translate"]
    }
    def PointInstancer "Field"
    {
        rel prototypes = [</World/Field/Kinds/Dot>, </World/Field/Kinds/Bar>]
        int[] protoIndices = [0, 1, 0]
        point3f[] positions = [(0, 30, 0), (3, 30, 0), (6, 30, 0)]
        int64[] ids = [11, 12, 13]
        def Scope "Kinds"
        {
            def Mesh "Dot"
            {
                uniform token subdivisionScheme = "none"
                float3[] extent = [(0, 0, 0), (1, 1, 0)]
                int[] faceVertexCounts = [3]
                int[] faceVertexIndices = [0, 1, 2]
                point3f[] points = [(0, 0, 0), (1, 0, 0), (0, 1, 0)]
            }
            def Mesh "Bar"
            {
                uniform token subdivisionScheme = "none"
                float3[] extent = [(0, 0, 0), (2, 1, 0)]
                int[] faceVertexCounts = [3]
                int[] faceVertexIndices = [0, 1, 2]
                point3f[] points = [(0, 0, 0), (2, 0, 0), (0, 1, 0)]
            }
        }
    }
    def Xform "Door" (
        prepend apiSchemas = ["MaterialBindingAPI"]
        variants = { string finish = "raw" }
        prepend variantSets = "finish"
    )
    {
        variantSet "finish" = {
            "raw" {
            }
            "painted" {
                over "Leaf" (
                    prepend apiSchemas = ["MaterialBindingAPI"]
                )
                {
                    rel material:binding = </World/Looks/Paint>
                }
            }
        }
        def Mesh "Leaf"
        {
            uniform token subdivisionScheme = "none"
            float3[] extent = [(0, 40, 0), (1, 41, 0)]
            int[] faceVertexCounts = [3]
            int[] faceVertexIndices = [0, 1, 2]
            point3f[] points = [(0, 40, 0), (1, 40, 0), (0, 41, 0)]
        }
    }
    def Scope "Spare" (
        active = false
    )
    {
        custom rel uses = </World/Kept>
    }
    def Scope "Kept"
    {
    }
    def SkelRoot "Robot"
    {
        def Skeleton "Bones"
        {
            uniform token[] joints = ["Root", "Root/Arm"]
            uniform matrix4d[] bindTransforms = [
                ((1, 0, 0, 0), (0, 1, 0, 0), (0, 0, 1, 0), (0, 0, 0, 1)),
                ((1, 0, 0, 0), (0, 1, 0, 0), (0, 0, 1, 0), (1, 0, 0, 1))
            ]
            uniform matrix4d[] restTransforms = [
                ((1, 0, 0, 0), (0, 1, 0, 0), (0, 0, 1, 0), (0, 0, 0, 1)),
                ((1, 0, 0, 0), (0, 1, 0, 0), (0, 0, 1, 0), (1, 0, 0, 1))
            ]
            rel skel:animationSource = </World/Robot/Wave>
        }
        def SkelAnimation "Wave"
        {
            uniform token[] joints = ["Root", "Root/Arm"]
            uniform token[] blendShapes = ["Bend"]
            float[] blendShapeWeights = [0.5]
            float3[] translations = [(0, 0, 0), (1, 0, 0)]
            quatf[] rotations = [(1, 0, 0, 0), (1, 0, 0, 0)]
            half3[] scales = [(1, 1, 1), (1, 1, 1)]
        }
        def Mesh "Skin" (
            prepend apiSchemas = ["SkelBindingAPI"]
        )
        {
            uniform token subdivisionScheme = "none"
            float3[] extent = [(0, 0, 0), (1, 1, 0)]
            int[] faceVertexCounts = [3]
            int[] faceVertexIndices = [0, 1, 2]
            point3f[] points = [(0, 0, 0), (1, 0, 0), (0, 1, 0)]
            int[] primvars:skel:jointIndices = [0, 1, 1] (
                elementSize = 1
                interpolation = "vertex"
            )
            float[] primvars:skel:jointWeights = [1, 1, 1] (
                elementSize = 1
                interpolation = "vertex"
            )
            uniform token[] skel:blendShapes = ["Bend"]
            rel skel:blendShapeTargets = </World/Robot/Skin/Bend>
            rel skel:skeleton = </World/Robot/Bones>
            def BlendShape "Bend"
            {
                uniform vector3f[] offsets = [(0, 0, 0.5)]
                uniform int[] pointIndices = [1]
            }
        }
    }
    def SphereLight "Lamp"
    {
        float inputs:intensity = 500
    }
    def Camera "Eye"
    {
        float focalLength = 35
    }
    def BasisCurves "Cable"
    {
        uniform token type = "linear"
        int[] curveVertexCounts = [3]
        point3f[] points = [(0, 50, 0), (1, 50, 0), (2, 51, 0)]
        float[] widths = [0.1] (
            interpolation = "constant"
        )
    }
    def Scope "Looks"
    {
        def Material "Red"
        {
            token outputs:surface.connect = </World/Looks/Red/S.outputs:surface>
            def Shader "S"
            {
                uniform token info:id = "UsdPreviewSurface"
                color3f inputs:diffuseColor = (1, 0, 0)
                token outputs:surface
            }
        }
        def Material "RedToo"
        {
            token outputs:surface.connect = </World/Looks/RedToo/S.outputs:surface>
            def Shader "S"
            {
                uniform token info:id = "UsdPreviewSurface"
                color3f inputs:diffuseColor = (1, 0, 0)
                float inputs:opacity = 0.999
                token outputs:surface
            }
        }
        def Material "Paint"
        {
            token outputs:surface.connect = </World/Looks/Paint/S.outputs:surface>
            def Shader "S"
            {
                uniform token info:id = "UsdPreviewSurface"
                color3f inputs:diffuseColor = (0, 0, 1)
                token outputs:surface
            }
        }
        def Material "Wood"
        {
            token outputs:surface.connect = </World/Looks/Wood/S.outputs:surface>
            def Shader "S"
            {
                uniform token info:id = "UsdPreviewSurface"
                color3f inputs:diffuseColor.connect = </World/Looks/Wood/Image.outputs:rgb>
                token outputs:surface
            }
            def Shader "Image"
            {
                uniform token info:id = "UsdUVTexture"
                asset inputs:file = @./tex/wood.png@
                token inputs:sourceColorSpace = "sRGB"
                token inputs:wrapS = "repeat"
                float2 inputs:st.connect = </World/Looks/Wood/Reader.outputs:result>
                float3 outputs:rgb
            }
            def Shader "Reader"
            {
                uniform token info:id = "UsdPrimvarReader_float2"
                string inputs:varname = "st"
                float2 outputs:result
            }
        }
        def Material "Stone"
        {
            token outputs:surface.connect = </World/Looks/Stone/S.outputs:surface>
            def Shader "S"
            {
                uniform token info:id = "UsdPreviewSurface"
                color3f inputs:diffuseColor.connect = </World/Looks/Stone/Image.outputs:rgb>
                token outputs:surface
            }
            def Shader "Image"
            {
                uniform token info:id = "UsdUVTexture"
                asset inputs:file = @./tex/stone.png@
                float2 inputs:st.connect = </World/Looks/Stone/Reader.outputs:result>
                float3 outputs:rgb
            }
            def Shader "Reader"
            {
                uniform token info:id = "UsdPrimvarReader_float2"
                string inputs:varname = "st"
                float2 outputs:result
            }
        }
    }
}
def Scope "Protos"
{
    def Xform "Screw"
    {
        def Mesh "Body"
        {
            uniform token subdivisionScheme = "none"
            float3[] extent = [(0, 0, 0), (1, 1, 0)]
            int[] faceVertexCounts = [3]
            int[] faceVertexIndices = [0, 1, 2]
            point3f[] points = [(0, 0, 0), (1, 0, 0), (0, 1, 0)]
        }
    }
}
"""


def make_scene(folder: Path) -> Path:
    (folder / "tex").mkdir(parents=True)
    for name, grey in (("wood", 90), ("stone", 200)):
        (folder / "tex" / f"{name}.png").write_bytes(png(grey))
    (folder / "everything.usda").write_text(SCENE)
    return folder / "everything.usda"


def png(grey: int) -> bytes:
    """One pixel."""

    def chunk(kind: bytes, data: bytes) -> bytes:
        return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))

    header = struct.pack(">IIBBBBB", 1, 1, 8, 0, 0, 0, 0)
    return (
        b"\x89PNG\r\n\x1a\n"
        + chunk(b"IHDR", header)
        + chunk(b"IDAT", zlib.compress(bytes((0, grey))))
        + chunk(b"IEND", b"")
    )
