import { isLink, type Kind } from './kind.mts';

/** Choices and ranges ComfyUI tells of some inputs, whatever node has them. */
const TOLD: Readonly<Record<string, unknown[]>> = {
	sampler_name: [['euler', 'euler_ancestral', 'heun', 'dpmpp_2m', 'uni_pc']],
	scheduler: [['simple', 'normal', 'karras', 'beta']],
	upscale_method: [['nearest-exact', 'bilinear', 'area', 'bicubic', 'lanczos']],
	weight_dtype: [['default', 'fp8_e4m3fn']],
	steps: ['INT', { default: 20, min: 1, max: 10_000 }],
	cfg: ['FLOAT', { default: 8, min: 0, max: 100, step: 0.1 }],
	denoise: ['FLOAT', { default: 1, min: 0, max: 1, step: 0.01 }],
	seed: ['INT', { default: 0, min: 0, max: 18_446_744_073_709_551_615 }],
	noise_seed: ['INT', { default: 0, min: 0, max: 18_446_744_073_709_551_615 }],
	width: ['INT', { default: 1_024, min: 16, max: 16_384, step: 16 }],
	height: ['INT', { default: 1_024, min: 16, max: 16_384, step: 16 }],
	text: ['STRING', { multiline: true, tooltip: 'The text to be encoded.' }],
	image: [['example.png'], { image_upload: true }],
	file: [['example.mp4'], { video_upload: true }],
};

const MEGABYTES = 30;

/** One class with a list beyond all bounds, as machines with thousands of files have it. */
export function largeClass(): Record<string, object> {
	const files = Array.from({ length: MEGABYTES }, (_, number) => String(number % 10).repeat(1_048_576));
	return { LoadAnything: { input: { required: { name: [files] } } } };
}

/** The classes of a deployment's workflows as `object_info` has them. */
export function objectInfoOf({ versions }: Pick<Kind, 'versions'>): Record<string, object> {
	const nodes = versions.flatMap((graph) => Object.values(graph));
	return Object.fromEntries(
		nodes.map(({ class_type: name, inputs }) => {
			const required = Object.entries(inputs).map(([input, value]) => [
				input,
				isLink(value) ? ['LATENT'] : (TOLD[input] ?? [typeof value === 'number' ? 'FLOAT' : 'STRING', {}]),
			]);
			return [name, { input: { required: Object.fromEntries(required) as object }, output: [], display_name: name }];
		}),
	);
}
