/** What a job will cost, as far as that can be known in advance. Money is in US dollars. */

import { asUsd, USD_DECIMALS } from '../errors/sentences';
import { asPlainObject } from '../errors/shape';
import type { Estimate } from './job';

/** The price of a model as its catalogue entry has it. */
export interface Price {
	usd: number;
	/** What it is paid for: output or second. */
	unit: string;
}

/** Inputs that say how many outputs are made, and so paid. */
const COUNT_INPUT = /^(num|max|number_of)_(images|videos|audios|outputs|results|samples)$/;

/**
 * Amounts beyond these, in US dollars, are mistakes: the catalogue's prices lie between a hundredth of a cent and some dollars.
 */
const LEAST_USD = 1e-6;
const MOST_USD = 1_000_000;

/**
 * An amount of US dollars as RunComfy gives it, as a number or as a number in a text; undefined where it is missing or cannot
 * be one. Zero is an amount.
 */
export function usdIn(given: unknown): number | undefined {
	const [, number] = (typeof given === 'string' && /^\$?(\d+(\.\d+)?)$/.exec(given.trim())) || [];
	const usd = number === undefined ? given : Number(number);
	if (typeof usd !== 'number') return undefined;
	return usd === 0 || (usd >= LEAST_USD && usd <= MOST_USD) ? usd : undefined;
}

/** Words from the network go into a sentence: these are one short word. */
const UNIT_WORD = /^[a-z][a-z_-]{0,19}$/i;

/** Reads the price from a catalogue entry; undefined where there is none that can be one. Zero is a price. Never throws. */
export function readPrice(model: unknown): Price | undefined {
	const { base_price_usd: price, price_unit: unit } = asPlainObject(model);
	const usd = usdIn(price);
	return usd !== undefined && typeof unit === 'string' && UNIT_WORD.test(unit) ? { usd, unit } : undefined;
}

/**
 * What one job will cost, as far as that can be known in advance: most prices depend on more inputs than the number of
 * outputs and their length.
 *
 * @param inputs what is sent.
 * @param defaults what the schema says is taken where nothing is sent; used for the number of outputs only, since it is
 * not known whether the service makes a clip as long as its schema's example.
 * @param takesDuration whether an input says how long the result is.
 */
export function estimateOf(
	price: Price | undefined,
	inputs: Readonly<Record<string, unknown>>,
	defaults: Readonly<Record<string, unknown>> = {},
	takesDuration = false,
): Estimate {
	if (price === undefined) return {};
	const units = unitsOf(price.unit, inputs);
	const outputs = numberOfOutputs({ ...defaults, ...inputs });
	const isKnown = units !== undefined && outputs !== undefined;
	const usd = isKnown ? usdIn(round(price.usd * units * outputs)) : undefined;
	const isLengthMissing = price.unit === 'second' && takesDuration && units === undefined;
	return {
		words: priceInWords(price),
		...(usd !== undefined && { usd }),
		...(isLengthMissing && { missing: 'duration' }),
	};
}

function unitsOf(unit: string, inputs: Readonly<Record<string, unknown>>): number | undefined {
	if (unit === 'output' || unit === 'image') return 1;
	return unit === 'second' ? positiveNumber(inputs.duration) : undefined;
}

function numberOfOutputs(inputs: Readonly<Record<string, unknown>>): number | undefined {
	let product = 1;
	for (const [name, value] of Object.entries(inputs)) {
		if (!COUNT_INPUT.test(name) || value === null || value === undefined) continue;
		const count = positiveNumber(value);
		if (count === undefined) return undefined;
		product *= count;
	}
	return product;
}

/** Some models take the duration as a choice of texts, "5" among them. */
function positiveNumber(value: unknown): number | undefined {
	const number = typeof value === 'string' && /^\d+(\.\d+)?$/.test(value.trim()) ? Number(value) : value;
	return typeof number === 'number' && Number.isFinite(number) && number > 0 ? number : undefined;
}

/** Takes out floating-point noise, so that 0.1 × 3 is 0.3. */
export const round = (usd: number) => Number(usd.toFixed(USD_DECIMALS));

/** "$0.06 per output". */
export const priceInWords = ({ usd, unit }: Price) => `${asUsd(usd)} per ${unit}`;

/** "$0.06" for an output, "$0.11/s" for a second: short enough for a list. */
export function priceInShort({ usd, unit }: Price): string {
	const per = unit === 'output' || unit === 'image' ? '' : unit === 'second' ? '/s' : `/${unit}`;
	return `${asUsd(usd)}${per}`;
}
