/** What a model promises to give, by its categories: text-to-image, image-to-video, edit-video … */

export type OutputKind = 'image' | 'video' | 'audio' | 'file';

export interface OutputPromise {
	/** Whether a success without a file is a fault. */
	expectsFiles: boolean;
	/** Undefined if the categories do not say, or say different things. */
	kind?: OutputKind;
}

/** The last word of a category is what comes out. */
const KINDS: ReadonlyMap<string, OutputKind> = new Map([
	['image', 'image'],
	['video', 'video'],
	['audio', 'audio'],
	['music', 'audio'],
	['speech', 'audio'],
	['3d', 'file'],
]);

const MAX_CATEGORIES = 100;

/** Never throws. Files are expected only if every category promises some. */

export function outputPromise(categories: unknown): OutputPromise {
	const words = Array.isArray(categories) ? categories.slice(0, MAX_CATEGORIES) : [];
	const kinds = words.map((category) =>
		typeof category === 'string' ? KINDS.get(category.trim().toLowerCase().split(/[-_ ]/).pop() ?? '') : undefined,
	);
	const [first] = kinds;
	const isOne = first !== undefined && kinds.every((kind) => kind === first);
	return { expectsFiles: kinds.length > 0 && !kinds.includes(undefined), ...(isOne && { kind: first }) };
}
