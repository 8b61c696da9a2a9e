"""The picture engine: any pipeline of diffusers that the catalog knows, one denoising step at a time."""
