import { type Graph, type Kind, node } from './kind.mts';

/** A seed as large as ComfyUI's page gives them, and still exact in JSON. */
const FLUX_SEED = 219_670_278_747_233;

/** Twelve nodes that make one picture of a prompt. */
const FLUX_GRAPH: Graph = {
	'6': node('CLIPTextEncode', 'Positive Prompt', { text: 'a bottle on a rock by the sea', clip: ['11', 0] }),
	'8': node('VAEDecode', 'VAE Decode', { samples: ['13', 0], vae: ['10', 0] }),
	'9': node('SaveImage', 'Save Image', { filename_prefix: 'ComfyUI', images: ['8', 0] }),
	'10': node('VAELoader', 'Load VAE', { vae_name: 'ae.safetensors' }),
	'11': node('DualCLIPLoader', 'DualCLIPLoader', {
		clip_name1: 't5xxl_fp16.safetensors',
		clip_name2: 'clip_l.safetensors',
		type: 'flux',
	}),
	'12': node('UNETLoader', 'Load Diffusion Model', { unet_name: 'flux1-dev.safetensors', weight_dtype: 'default' }),
	'13': node('SamplerCustomAdvanced', 'SamplerCustomAdvanced', {
		noise: ['25', 0],
		guider: ['22', 0],
		sampler: ['16', 0],
		sigmas: ['17', 0],
		latent_image: ['27', 0],
	}),
	'16': node('KSamplerSelect', 'KSamplerSelect', { sampler_name: 'euler' }),
	'17': node('BasicScheduler', 'BasicScheduler', { scheduler: 'simple', steps: 20, denoise: 1, model: ['12', 0] }),
	'22': node('BasicGuider', 'BasicGuider', { model: ['12', 0], conditioning: ['6', 0] }),
	'25': node('RandomNoise', 'RandomNoise', { noise_seed: FLUX_SEED }),
	'27': node('EmptySD3LatentImage', 'Image Size', { width: 1024, height: 1024, batch_size: 1 }),
};

/** The same, saved anew after a node was put before the prompt: its number now belongs to another class. */
const RENUMBERED: Graph = {
	...FLUX_GRAPH,
	'6': node('StringConcatenate', 'Brand Words', { string_a: 'studio light', string_b: '', delimiter: ', ' }),
	'7': FLUX_GRAPH['6'],
	'22': node('BasicGuider', 'BasicGuider', { model: ['12', 0], conditioning: ['7', 0] }),
};

export const FLUX: Kind = {
	id: '3f9a52c1-7d0e-4b86-9a41-5c2e8f10b7d3',
	name: 'Product shots',
	workflowId: '00000000-0000-0000-0000-000000001111',
	hardware: 'AMPERE_48',
	isEnabled: true,
	runSeconds: 12,
	versions: [RENUMBERED, FLUX_GRAPH],
	overrides: { '6': { inputs: { text: '' } }, '25': { inputs: { noise_seed: 0 } } },
};

const BUSY_NODES = 300;
const FIRST_STAGE = 100;

/** Beyond what a number holds exactly: 2⁶⁴ - 1, as ComfyUI's page allows it. */
const HUGE_SEED = 2 ** 64 - 1;

const MEGABYTE = 1_048_576;

/** 300 nodes with 900 values, and whatever a grown workflow has: twins, markers, groups, odd names. */
export const BUSY: Kind = {
	id: '8b27d6f0-1c35-4e9d-b8aa-02f4c97e6d15',
	name: 'Catalogue, everything',
	workflowId: '5d0c9b12-44ae-4c1f-8f63-a7b21e90cd02',
	hardware: 'ADA_48_PLUS',
	isEnabled: true,
	runSeconds: 40,
	versions: [busyGraph()],
};

function busyGraph(): Graph {
	const graph: Graph = {
		'1': node('CLIPTextEncode', '> Positive Prompt', { text: 'a watch on slate', clip: ['4', 1] }),
		'2': node('CLIPTextEncode', '> Negative Prompt', { text: 'blurry', clip: ['4', 1] }),
		'3': node('LoadImage', '> Product Photo', { image: 'watch.png', upload: 'image' }),
		'4': node('CheckpointLoaderSimple', 'Load Checkpoint', { ckpt_name: 'sdxl.safetensors' }),
		'5': node('KSampler', 'KSampler', sampler(HUGE_SEED)),
		'6': node('KSampler', 'KSampler', sampler(7)),
		'7': node('SaveImage', 'Save Image', { filename_prefix: 'catalogue/%date%', images: ['5', 0] }),
		'8': node('PreviewImage', 'Preview Image', { images: ['6', 0] }),
		'9': node('ShowText|pysssss', 'Caption', { text: ['1', 0] }),
		'10': node('SaveAudio', 'Save Audio', { filename_prefix: 'audio/ComfyUI', audio: ['3', 0] }),
		'11': node('Note', 'A megabyte of text', { text: 'x'.repeat(MEGABYTE) }),
		'12': node('CR Prompt List 📜', '<img src=x onerror=alert(1)>', { 'prompt text': 'odd', __proto__key: 1 }),
		'13': node('ImpactSwitch', 'Switch: A/B', { select: 1, sel_mode: false, empty: null }),
		'14': node('FloatList', 'Weights', { values: { __value__: [0.1, 0.9] }, linked: ['5', 0] }),
		'15': node('CurveEditor', 'Curve', {
			curve: {
				__type__: 'CURVE',
				__value__: [
					[0, 0],
					[1, 1],
				],
			},
		}),
		'16': node('LoadVideo', 'Load Video', { file: 'turn.mp4', 'choose file to upload': 'image' }),
		'17': node('Text Multiline', '', { text: 'without a title' }),
		'38:42': node('KSampler', 'Inside a Group', sampler(11)),
		'38:43': node('CLIPTextEncode', 'Prompt in a Group', { text: 'inside', clip: ['4', 1] }),
	};
	for (let id = FIRST_STAGE; Object.keys(graph).length < BUSY_NODES; id++) {
		graph[String(id)] = node('ImageScale', `Stage ${id - FIRST_STAGE}`, {
			upscale_method: 'lanczos',
			width: 512 + id,
			height: 512,
			image: ['3', 0],
			...(id % 10 === 0 ? { control_after_generate: 'randomize' } : {}),
		});
	}
	return graph;
}

function sampler(seed: number): Record<string, unknown> {
	return {
		seed,
		steps: 20,
		cfg: 7.5,
		sampler_name: 'euler',
		scheduler: 'normal',
		denoise: 1,
		model: ['4', 0],
		positive: ['1', 0],
		negative: ['2', 0],
		latent_image: ['3', 0],
	};
}

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
};

/** What every account starts with. */
export const KINDS: readonly Kind[] = [FLUX, BUSY, VIDEO, LORA, OFF];

/** Their ids, by what they are for. */
export const DEPLOYMENT_IDS = { flux: FLUX.id, busy: BUSY.id, video: VIDEO.id, lora: LORA.id, off: OFF.id } as const;
