import { node, type Graph, type Kind } from './kind.mts';

const NODES = 300;
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
	readme: '',
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
	for (let id = FIRST_STAGE; Object.keys(graph).length < NODES; id++) {
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
