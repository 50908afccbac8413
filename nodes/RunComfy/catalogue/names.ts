/** What the inputs of a model are called on the screen. */

let collator: Intl.Collator | undefined;

/** Compares names as a person sorts them: node 2 before node 10. */
export function byNumberAndName(a: string, b: string): number {
	// Made when it is needed: that takes Node 6 ms, and most runs sort no names.
	collator ??= new Intl.Collator('en', { numeric: true });
	return collator.compare(a, b);
}

/** Titles come from the network: longer ones would fill the panel. */
const MAX_LABEL_CHARACTERS = 40;

/** Looked at of a title; the pattern that takes HTML out is quadratic in its length. */
const MAX_READ_CHARACTERS = 1000;

/** n8n makes the key of "let the model decide" from a field's name: other signs become `_`, and it is cut at this length. */
const AI_KEY_CHARACTERS = 63;

/** Words that are not written like others. */
const SPELLINGS: ReadonlyMap<string, string> = new Map([
	['url', 'URL'],
	['urls', 'URLs'],
	['id', 'ID'],
	['fps', 'FPS'],
	['cfg', 'CFG'],
	['bpm', 'BPM'],
	['hdr', 'HDR'],
	['json', 'JSON'],
	['lora', 'LoRA'],
	['loras', 'LoRAs'],
]);

const spell = (word: string) => SPELLINGS.get(word.toLowerCase()) ?? word.charAt(0).toUpperCase() + word.slice(1);

/** Text from the network as one short line without HTML and control characters; may be empty. */
export function plainLine(text: string, maxCharacters: number): string {
	const plain = text
		.slice(0, MAX_READ_CHARACTERS)
		.replace(/<[^<>]*>/g, ' ')
		// \p{C} is all of Unicode's control, format and unassigned characters.
		.replace(/[<>\p{C}\s]+/gu, ' ')
		.trim();
	return Array.from(plain).slice(0, maxCharacters).join('').trim();
}

/** The words of a property's name: image_url_1 becomes Image URL 1. */
export function nameInWords(name: string): string {
	const words = plainLine(name, MAX_LABEL_CHARACTERS)
		// A unit stands behind the range.
		.replace(/_ms$/, '')
		.replace(/([a-z])([A-Z])/g, '$1 $2')
		.split(/[\s_.-]+/)
		.filter(Boolean);
	return words.map(spell).join(' ') || 'Input';
}

/** What an input is called: its title, else its name in words. */
export function labelOf(name: string, title: unknown): string {
	const plain = typeof title === 'string' ? plainLine(title, MAX_LABEL_CHARACTERS) : '';
	// A schema made from code repeats the bare name as the title.
	return plain === '' || plain === name ? nameInWords(name) : plain;
}

/** The key that n8n makes from a field's name when an AI agent fills it; letter case does not count, for people's sake. */
export const aiKeyOf = (displayName: string) =>
	displayName
		.replace(/[^a-zA-Z0-9-]/g, '_')
		.slice(0, AI_KEY_CHARACTERS)
		.toLowerCase();

/** Gives each name out once, in the eyes of people and of `$fromAI`. */
export class UniqueNames {
	private readonly taken = new Set<string>();
	private readonly lastNumbers = new Map<string, number>();

	constructor(reserved: Iterable<string> = []) {
		for (const name of reserved) this.taken.add(aiKeyOf(name));
	}

	/**
	 * The first of the labels that is free, with its details behind it; else the last one with a number, which stands
	 * before the details so that it is within n8n's key.
	 */
	give(labels: readonly [string, ...string[]], details = ''): string {
		const free = labels.find((label) => !this.taken.has(aiKeyOf(label + details)));
		const name = free === undefined ? this.addNumber(labels[labels.length - 1], details) : free + details;
		this.taken.add(aiKeyOf(name));
		return name;
	}

	private addNumber(label: string, details: string): string {
		const start = aiKeyOf(label);
		let number = this.lastNumbers.get(start) ?? 1;
		let name: string;
		do name = `${label} ${++number}${details}`;
		while (this.taken.has(aiKeyOf(name)));
		this.lastNumbers.set(start, number);
		return name;
	}
}
