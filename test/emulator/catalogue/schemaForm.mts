import type { InputSchema, Model, Property } from './model.mts';

/** How schemas are told: each as it is known, or all in the form of the catalogue, or of the models' pages. */
export type SchemaForm = 'asKnown' | 'catalogue' | 'page';

/** Written otherwise in titles than with one capital. */
const TITLE_WORDS: Readonly<Record<string, string>> = { url: 'URL', urls: 'URLs', fps: 'FPS', cfg: 'CFG', ms: 'ms' };

/**
 * A model's schema in a form. The catalogue has no titles and inputs in the order of the alphabet; a page has titles
 * and an order with a meaning, and on older models no `format`.
 */
export function schemaIn(form: SchemaForm, model: Model): InputSchema {
	const isPage = form === 'page' || (form === 'asKnown' && model.knownFrom === 'page');
	const { required, properties } = model.input_schema;
	const entries = Object.entries(properties);
	if (!isPage) {
		const sorted = entries.toSorted(([a], [b]) => (a < b ? -1 : 1));
		return { type: 'object', required, properties: Object.fromEntries(sorted) };
	}
	const titled = entries.map(([name, property]) => [name, onPage(name, property, model.isOlder)] as const);
	return { type: 'object', title: 'Input Schema', required, properties: Object.fromEntries(titled) };
}

function onPage(name: string, property: Property, isOlder: boolean): Property {
	const told: Property = { title: titleOf(name), ...property };
	if (isOlder) delete told.format;
	return told;
}

/** `image_url` as `Image URL`. */
function titleOf(name: string): string {
	return name
		.split('_')
		.map((word) => TITLE_WORDS[word] ?? `${word.slice(0, 1).toUpperCase()}${word.slice(1)}`)
		.join(' ');
}
