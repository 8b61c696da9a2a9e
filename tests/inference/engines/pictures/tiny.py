"""Picture models of a few thousand random weights, of every class of pipeline that the catalog may name."""

from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any, Final

import diffusers
import torch
import transformers
from tokenizers import Tokenizer, decoders, models, pre_tokenizers, processors
from transformers import PreTrainedTokenizerFast

from inference.catalog.catalog import Catalog
from inference.catalog.model import DIFFUSERS, Model, PictureDefaults
from inference.catalog.sources import FolderSource
from inference.contract.identifiers import ModelName
from inference.contract.image import Canvas, Option
from inference.contract.mediums import Basis, Medium

TINY: Final = ModelName("tiny-pictures")
SIDE: Final = 64
REFERENCE_OF: Final[Mapping[str, str]] = {
    "Flux2KleinPipeline": "Flux2KleinPipeline",
    "FluxPipeline": "FluxImg2ImgPipeline",
    "LatentConsistencyModelPipeline": "LatentConsistencyModelImg2ImgPipeline",
    "PixArtSigmaPipeline": "",
    "QwenImagePipeline": "QwenImageImg2ImgPipeline",
    "SanaPipeline": "",
    "SanaSprintPipeline": "SanaSprintImg2ImgPipeline",
    "StableDiffusion3Pipeline": "StableDiffusion3Img2ImgPipeline",
    "StableDiffusionPipeline": "StableDiffusionImg2ImgPipeline",
    "StableDiffusionXLPipeline": "StableDiffusionXLImg2ImgPipeline",
    "ZImagePipeline": "ZImageImg2ImgPipeline",
}
# Where a chat's frame goes before the prompt.
_PROMPT_TOKENS: Final[Mapping[str, int]] = {"Flux2KleinPipeline": 96, "QwenImagePipeline": 512, "ZImagePipeline": 96}
_SPECIAL: Final = ("<pad>", "<s>", "</s>", "<unk>", "<|im_start|>", "<|im_end|>")
_TEMPLATE: Final = (
    "{% for message in messages %}<|im_start|>{{ message['role'] }}\n{{ message['content'] }}<|im_end|>\n{% endfor %}"
    "{% if add_generation_prompt %}<|im_start|>assistant\n{% endif %}"
)
_WIDTH: Final = 16


def build_tiny(pipeline: str, folder: Path) -> None:
    """Write the model, always the same one."""
    torch.set_num_threads(1)  # At this size more of them cost more than they bring.
    torch.manual_seed(7)
    kind: Any = getattr(diffusers, pipeline)
    components = _COMPONENTS[pipeline]()
    if "transformer" in components:
        _listen(components["transformer"])
    kind(**components).save_pretrained(folder)
    index = folder / "model_index.json"
    # The name by which repositories know the class.
    index.write_text(index.read_text().replace("TokenizersBackend", "PreTrainedTokenizerFast"))


def tiny_model(pipeline: str, folder: Path, **changes: Any) -> Model:
    drawn: dict[str, Any] = {
        "canvas": Canvas(width=SIDE, height=SIDE),
        "multiple_of": 32 if pipeline.startswith("Sana") else 16,
        "least_pixels": SIDE * SIDE,
        "most_pixels": 2 * SIDE * SIDE,
        "steps": 3,
        "guidance": 3.0,
        "prompt_tokens": _PROMPT_TOKENS.get(pipeline, 32),
        "pipeline": pipeline,
        "reference_pipeline": REFERENCE_OF[pipeline],
        "strength": 0.7,
        "guidance_argument": "true_cfg_scale" if pipeline == "QwenImagePipeline" else "guidance_scale",
    }
    return Model(
        name=TINY,
        title="Tiny",
        medium=Medium.IMAGE,
        engine=DIFFUSERS,
        source=FolderSource(path=folder),
        licence="Apache-2.0",
        memory_gib=0.1,
        languages=(),
        bases=frozenset({Basis.NOTHING, Basis.REFERENCE}),
        options=frozenset(Option),
        picture=PictureDefaults(**drawn | changes),
    )


def tiny_catalog(*entries: Model) -> Catalog:
    return Catalog(
        models={model.name: model for model in entries}, defaults={Medium.IMAGE: TINY}, upscaler=ModelName("none")
    )


def tokenizer(length: int = 32) -> Any:
    """A token a byte, as those of CLIP, T5, Gemma and Qwen are used: a beginning, an end, and padding."""
    alphabet = sorted(pre_tokenizers.ByteLevel.alphabet())
    vocabulary = {token: number for number, token in enumerate([*_SPECIAL, *alphabet])}
    spelling = Tokenizer(models.BPE(vocab=vocabulary, merges=[]))
    spelling.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=False)
    spelling.decoder = decoders.ByteLevel()
    spelling.post_processor = processors.TemplateProcessing(
        single="<s> $A </s>", special_tokens=[("<s>", vocabulary["<s>"]), ("</s>", vocabulary["</s>"])]
    )
    wrapped: Any = PreTrainedTokenizerFast
    spoken = wrapped(
        tokenizer_object=spelling,
        bos_token="<s>",
        eos_token="</s>",
        pad_token="<pad>",
        unk_token="<unk>",
        model_max_length=length,
        extra_special_tokens=["<|im_start|>", "<|im_end|>"],
    )
    spoken.chat_template = _TEMPLATE
    return spoken


def _listen(transformer: Any) -> None:
    """Weights as they are drawn let hardly any of a prompt or a reference through."""
    for name, weights in transformer.named_parameters():
        if "add_v_proj" in name:
            weights.data *= 30
        elif "to_v" in name:
            weights.data *= 5


def _vocabulary() -> int:
    return len(tokenizer())


def _clip(kind: str = "CLIPTextModel") -> Any:
    config = transformers.CLIPTextConfig(
        vocab_size=_vocabulary(),
        hidden_size=_WIDTH,
        intermediate_size=_WIDTH,
        num_hidden_layers=2,
        num_attention_heads=2,
        max_position_embeddings=32,
        projection_dim=_WIDTH,
        initializer_range=0.5,
        pad_token_id=0,
        bos_token_id=1,
        eos_token_id=2,
    )
    return getattr(transformers, kind)(config)


def _t5(width: int = _WIDTH) -> Any:
    config = transformers.T5Config(
        vocab_size=_vocabulary(), d_model=width, d_kv=8, d_ff=_WIDTH, num_layers=2, num_heads=2, initializer_factor=2.0
    )
    return transformers.T5EncoderModel(config)


def _qwen3(kind: str, layers: int) -> Any:
    config = transformers.Qwen3Config(
        vocab_size=_vocabulary(),
        hidden_size=_WIDTH,
        intermediate_size=_WIDTH,
        num_hidden_layers=layers,
        num_attention_heads=2,
        num_key_value_heads=2,
        head_dim=8,
        max_position_embeddings=512,
        initializer_range=0.5,
    )
    return getattr(transformers, kind)(config)


def _gemma() -> Any:
    config = transformers.Gemma2Config(
        vocab_size=_vocabulary(),
        hidden_size=_WIDTH,
        intermediate_size=_WIDTH,
        num_hidden_layers=1,
        num_attention_heads=2,
        num_key_value_heads=2,
        head_dim=8,
        initializer_range=0.5,
    )
    return transformers.Gemma2Model(config)


def _qwen_vl() -> Any:
    config = transformers.Qwen2_5_VLConfig(
        text_config={
            "vocab_size": _vocabulary(),
            "hidden_size": _WIDTH,
            "intermediate_size": _WIDTH,
            "num_hidden_layers": 2,
            "num_attention_heads": 2,
            "num_key_value_heads": 2,
            "initializer_range": 0.5,
            "rope_scaling": {"mrope_section": [1, 1, 2], "rope_type": "default", "type": "default"},
        },
        vision_config={"depth": 1, "hidden_size": 16, "intermediate_size": 16, "num_heads": 2, "out_hidden_size": 16},
    )
    return transformers.Qwen2_5_VLForConditionalGeneration(config)


def _vae(kind: str = "AutoencoderKL", channels: int = 4, **changes: Any) -> Any:
    """From 64 pixels to 16."""
    return getattr(diffusers, kind)(
        down_block_types=("DownEncoderBlock2D",) * 3,
        up_block_types=("UpDecoderBlock2D",) * 3,
        block_out_channels=(8, 8, 8),
        layers_per_block=1,
        latent_channels=channels,
        norm_num_groups=4,
        sample_size=SIDE,
        **changes,
    )


def _dc_vae() -> Any:
    blocks = ("ResBlock", "ResBlock", "EfficientViTBlock")
    return diffusers.AutoencoderDC(
        in_channels=3,
        latent_channels=4,
        attention_head_dim=2,
        encoder_block_types=blocks,
        decoder_block_types=blocks,
        encoder_block_out_channels=(8, 8, 8),
        decoder_block_out_channels=(8, 8, 8),
        encoder_qkv_multiscales=((), (), (5,)),
        decoder_qkv_multiscales=((), (), (5,)),
        encoder_layers_per_block=(1, 1, 1),
        decoder_layers_per_block=(1, 1, 1),
        downsample_block_type="conv",
        upsample_block_type="interpolate",
        decoder_norm_types="rms_norm",
        decoder_act_fns="silu",
        scaling_factor=0.41407,
    )


def _unet(**changes: Any) -> Any:
    return diffusers.UNet2DConditionModel(
        sample_size=16,
        block_out_channels=(8, 16),
        layers_per_block=1,
        down_block_types=("DownBlock2D", "CrossAttnDownBlock2D"),
        up_block_types=("CrossAttnUpBlock2D", "UpBlock2D"),
        attention_head_dim=4,
        norm_num_groups=4,
        **{"cross_attention_dim": _WIDTH} | changes,
    )


def _stable_diffusion() -> dict[str, Any]:
    return {
        "vae": _vae(),
        "text_encoder": _clip(),
        "tokenizer": tokenizer(),
        "unet": _unet(),
        "scheduler": diffusers.DDIMScheduler(clip_sample=False, steps_offset=1),
        "safety_checker": None,
        "feature_extractor": None,
        "requires_safety_checker": False,
    }


def _latent_consistency() -> dict[str, Any]:
    return _stable_diffusion() | {"unet": _unet(time_cond_proj_dim=16), "scheduler": diffusers.LCMScheduler()}


def _stable_diffusion_xl() -> dict[str, Any]:
    return {
        "vae": _vae(),
        "text_encoder": _clip(),
        "text_encoder_2": _clip("CLIPTextModelWithProjection"),
        "tokenizer": tokenizer(),
        "tokenizer_2": tokenizer(),
        "unet": _unet(
            cross_attention_dim=2 * _WIDTH,
            addition_embed_type="text_time",
            addition_time_embed_dim=8,
            projection_class_embeddings_input_dim=6 * 8 + _WIDTH,
            transformer_layers_per_block=(1, 1),
        ),
        "scheduler": diffusers.EulerDiscreteScheduler(),
    }


def _stable_diffusion_3() -> dict[str, Any]:
    return {
        "vae": _vae(channels=16, shift_factor=0.0609, scaling_factor=1.5305),
        "text_encoder": _clip("CLIPTextModelWithProjection"),
        "text_encoder_2": _clip("CLIPTextModelWithProjection"),
        "text_encoder_3": _t5(2 * _WIDTH),
        "tokenizer": tokenizer(),
        "tokenizer_2": tokenizer(),
        "tokenizer_3": tokenizer(),
        "transformer": diffusers.SD3Transformer2DModel(
            sample_size=16,
            patch_size=2,
            in_channels=16,
            num_layers=1,
            attention_head_dim=8,
            num_attention_heads=2,
            caption_projection_dim=16,
            joint_attention_dim=2 * _WIDTH,
            pooled_projection_dim=2 * _WIDTH,
            out_channels=16,
        ),
        "scheduler": diffusers.FlowMatchEulerDiscreteScheduler(shift=3.0),
    }


def _flux() -> dict[str, Any]:
    return {
        "vae": _vae(channels=4, shift_factor=0.1159, scaling_factor=0.3611, use_quant_conv=False),
        "text_encoder": _clip(),
        "text_encoder_2": _t5(),
        "tokenizer": tokenizer(),
        "tokenizer_2": tokenizer(),
        "transformer": diffusers.FluxTransformer2DModel(
            patch_size=1,
            in_channels=16,
            num_layers=1,
            num_single_layers=1,
            attention_head_dim=16,
            num_attention_heads=2,
            joint_attention_dim=_WIDTH,
            pooled_projection_dim=_WIDTH,
            axes_dims_rope=(4, 4, 8),
            guidance_embeds=True,
        ),
        "scheduler": diffusers.FlowMatchEulerDiscreteScheduler(),
    }


def _flux_2_klein() -> dict[str, Any]:
    layers = 28  # The pipeline reads the 9th, the 18th and the 27th.
    vae = _vae("AutoencoderKLFlux2", channels=4)
    vae.encoder.conv_out.weight.data *= 300  # As large as noise.
    return {
        "vae": vae,
        "text_encoder": _qwen3("Qwen3ForCausalLM", layers),
        "tokenizer": tokenizer(),
        "transformer": diffusers.Flux2Transformer2DModel(
            patch_size=1,
            in_channels=16,
            num_layers=1,
            num_single_layers=1,
            attention_head_dim=16,
            num_attention_heads=2,
            joint_attention_dim=3 * _WIDTH,
            timestep_guidance_channels=16,
            axes_dims_rope=(4, 4, 4, 4),
            guidance_embeds=False,
        ),
        "scheduler": diffusers.FlowMatchEulerDiscreteScheduler(),
    }


def _pixart() -> dict[str, Any]:
    return {
        "vae": _vae(),
        "text_encoder": _t5(),
        "tokenizer": tokenizer(),
        "transformer": diffusers.PixArtTransformer2DModel(
            sample_size=16,
            num_layers=1,
            patch_size=2,
            attention_head_dim=8,
            num_attention_heads=2,
            caption_channels=_WIDTH,
            cross_attention_dim=16,
            in_channels=4,
            out_channels=8,
        ),
        "scheduler": diffusers.DPMSolverMultistepScheduler(),
    }


def _sana_transformer(**changes: Any) -> Any:
    return diffusers.SanaTransformer2DModel(
        patch_size=1,
        in_channels=4,
        out_channels=4,
        num_layers=1,
        num_attention_heads=2,
        attention_head_dim=8,
        num_cross_attention_heads=2,
        cross_attention_head_dim=8,
        cross_attention_dim=16,
        caption_channels=_WIDTH,
        sample_size=16,
        **changes,
    )


def _sana() -> dict[str, Any]:
    return {
        "vae": _dc_vae(),
        "text_encoder": _gemma(),
        "tokenizer": tokenizer(),
        "transformer": _sana_transformer(),
        "scheduler": diffusers.DPMSolverMultistepScheduler(
            prediction_type="flow_prediction", use_flow_sigmas=True, flow_shift=3.0
        ),
    }


def _sana_sprint() -> dict[str, Any]:
    transformer = _sana_transformer(guidance_embeds=True, qk_norm="rms_norm_across_heads")
    return _sana() | {"transformer": transformer, "scheduler": diffusers.SCMScheduler()}


def _qwen_image() -> dict[str, Any]:
    channels = 4
    return {
        "vae": diffusers.AutoencoderKLQwenImage(
            base_dim=8,
            z_dim=channels,
            dim_mult=[1, 1, 1],
            num_res_blocks=1,
            temperal_downsample=[False, True],
            latents_mean=[0.1] * channels,
            latents_std=[0.3] * channels,
        ),
        "text_encoder": _qwen_vl(),
        "tokenizer": tokenizer(),
        "transformer": diffusers.QwenImageTransformer2DModel(
            patch_size=2,
            in_channels=4 * channels,
            out_channels=channels,
            num_layers=1,
            attention_head_dim=16,
            num_attention_heads=2,
            joint_attention_dim=_WIDTH,
            axes_dims_rope=(8, 4, 4),
        ),
        "scheduler": diffusers.FlowMatchEulerDiscreteScheduler(),
    }


def _z_image() -> dict[str, Any]:
    transformer = diffusers.ZImageTransformer2DModel(
        all_patch_size=(2,),
        all_f_patch_size=(1,),
        in_channels=16,
        dim=32,
        n_layers=1,
        n_refiner_layers=1,
        n_heads=2,
        n_kv_heads=2,
        cap_feat_dim=_WIDTH,
        axes_dims=[8, 4, 4],
        axes_lens=[256, 32, 32],
    )
    for token in (transformer.x_pad_token, transformer.cap_pad_token):
        torch.nn.init.normal_(token)  # The class leaves them as the memory was.
    return {
        "vae": _vae(channels=16, shift_factor=0.1159, scaling_factor=0.3611),
        "text_encoder": _qwen3("Qwen3Model", 2),
        "tokenizer": tokenizer(),
        "transformer": transformer,
        "scheduler": diffusers.FlowMatchEulerDiscreteScheduler(shift=3.0),
    }


_COMPONENTS: Final[Mapping[str, Callable[[], dict[str, Any]]]] = {
    "Flux2KleinPipeline": _flux_2_klein,
    "FluxPipeline": _flux,
    "LatentConsistencyModelPipeline": _latent_consistency,
    "PixArtSigmaPipeline": _pixart,
    "QwenImagePipeline": _qwen_image,
    "SanaPipeline": _sana,
    "SanaSprintPipeline": _sana_sprint,
    "StableDiffusion3Pipeline": _stable_diffusion_3,
    "StableDiffusionPipeline": _stable_diffusion,
    "StableDiffusionXLPipeline": _stable_diffusion_xl,
    "ZImagePipeline": _z_image,
}
