import { node, type Graph, type Kind } from './kind.mts';

/** A seed as large as ComfyUI's page gives them, and still exact in JSON. */
const SAVED_SEED = 219_670_278_747_233;

/** Twelve nodes that make one picture of a prompt. */
const FIRST: Graph = {
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
	'25': node('RandomNoise', 'RandomNoise', { noise_seed: SAVED_SEED }),
	'27': node('EmptySD3LatentImage', 'Image Size', { width: 1024, height: 1024, batch_size: 1 }),
};

/** The same, saved anew after a node was put before the prompt: its number now belongs to another class. */
const RENUMBERED: Graph = {
	...FIRST,
	'6': node('StringConcatenate', 'Brand Words', { string_a: 'studio light', string_b: '', delimiter: ', ' }),
	'7': FIRST['6'],
	'22': node('BasicGuider', 'BasicGuider', { model: ['12', 0], conditioning: ['7', 0] }),
};

export const FLUX: Kind = {
	id: '3f9a52c1-7d0e-4b86-9a41-5c2e8f10b7d3',
	name: 'Product shots',
	workflowId: '00000000-0000-0000-0000-000000001111',
	hardware: 'AMPERE_48',
	isEnabled: true,
	runSeconds: 12,
	versions: [RENUMBERED, FIRST],
	overrides: { '6': { inputs: { text: '' } }, '25': { inputs: { noise_seed: 0 } } },
	readme: '# Product shots\n\nOne picture of a prompt, by FLUX.\n',
};
