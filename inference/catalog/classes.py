"""The classes of diffusers that the catalog may name: those that the engine knows how to call."""

from typing import Final

PIPELINES: Final = frozenset(
    {
        "Flux2KleinPipeline",
        "FluxPipeline",
        "LatentConsistencyModelPipeline",
        "PixArtSigmaPipeline",
        "QwenImagePipeline",
        "SanaPipeline",
        "SanaSprintPipeline",
        "StableDiffusion3Pipeline",
        "StableDiffusionPipeline",
        "StableDiffusionXLPipeline",
        "ZImagePipeline",
    }
)
REFERENCE_PIPELINES: Final = frozenset(
    {
        "Flux2KleinPipeline",
        "FluxImg2ImgPipeline",
        "LatentConsistencyModelImg2ImgPipeline",
        "QwenImageImg2ImgPipeline",
        "SanaSprintImg2ImgPipeline",
        "StableDiffusion3Img2ImgPipeline",
        "StableDiffusionImg2ImgPipeline",
        "StableDiffusionXLImg2ImgPipeline",
        "ZImageImg2ImgPipeline",
    }
)
SCHEDULERS: Final = frozenset(
    {
        "DDIMScheduler",
        "DPMSolverMultistepScheduler",
        "EulerDiscreteScheduler",
        "FlowMatchEulerDiscreteScheduler",
        "LCMScheduler",
        "SCMScheduler",
        "TCDScheduler",
        "UniPCMultistepScheduler",
    }
)
GUIDANCE_ARGUMENTS: Final = frozenset({"guidance_scale", "true_cfg_scale"})
DTYPES: Final = frozenset({"bfloat16", "float16", "float32"})
