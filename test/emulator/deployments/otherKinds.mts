import { node, type Kind } from './kind.mts';

/** Half an hour of work; a preview beside the film, and the film in two channels. */
export const VIDEO: Kind = {
	id: 'c46e1b9a-90f2-4d37-8e5c-71da3b08f4e9',
	name: 'Photo to film',
	workflowId: '91e7f3aa-05c4-4b70-a5d8-3c6b2d18e904',
	hardware: 'AMPERE_48',
	isEnabled: true,
	runSeconds: 30 * 60,
	versions: [
		{
			'1': node('LoadImage', 'First Frame', { image: 'start.png', upload: 'image' }),
			'2': node('CLIPTextEncode', 'Motion Prompt', { text: 'the camera turns around it', clip: ['5', 0] }),
			'3': node('WanImageToVideo', 'Image to Video', {
				seed: 41,
				width: 832,
				height: 480,
				length: 81,
				start_image: ['1', 0],
				positive: ['2', 0],
			}),
			'5': node('CLIPLoader', 'Load CLIP', { clip_name: 'umt5_xxl.safetensors', type: 'wan' }),
			'6': node('VHS_VideoCombine', 'Video Combine', { frame_rate: 16, filename_prefix: 'film', images: ['3', 0] }),
			'7': node('SaveVideo', 'Save Video', { filename_prefix: 'video/ComfyUI', video: ['3', 0] }),
			'8': node('PreviewImage', 'Preview', { images: ['3', 0] }),
		},
	],
	readme: '',
};

/** Made of a trained LoRA: no workflow, and the inputs of its page. */
export const LORA: Kind = {
	id: 'e2d40c77-6b13-4fa8-93cd-18f5a6e0b924',
	name: 'My style (LoRA)',
	workflowId: '2c81d5b6-7f0e-49a3-b214-60fd9ea37c58',
	hardware: 'ADA_48_PLUS',
	isEnabled: true,
	runSeconds: 20,
	versions: [],
	flatInputs: { prompt: '', width: 1024, height: 1024, sample_steps: 25, seed: 42, neg: '', num_frames: 1, fps: 1 },
	readme: '',
};

export const OFF: Kind = {
	id: '0a5bd3e8-2f49-4c61-b7d0-9e83c1f6a24b',
	name: 'Last season',
	workflowId: 'b7c0e6d1-3a52-4f98-81e4-d09f27a5c613',
	hardware: 'TURING_16',
	isEnabled: false,
	runSeconds: 5,
	versions: [
		{
			'1': node('CLIPTextEncode', 'Prompt', { text: 'snow', clip: ['2', 1] }),
			'2': node('CheckpointLoaderSimple', 'Load Checkpoint', { ckpt_name: 'sd15.safetensors' }),
			'3': node('KSampler', 'KSampler', { seed: 3, steps: 20, model: ['2', 0], positive: ['1', 0] }),
			'4': node('SaveImage', 'Save Image', { filename_prefix: 'ComfyUI', images: ['3', 0] }),
		},
	],
	readme: '',
};
