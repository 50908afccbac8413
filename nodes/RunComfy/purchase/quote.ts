import { estimateUsd, type Price, priceInWords } from './estimate';
import type { Quote } from './job';

/** What a job costs by its model's price, as far as that can be told before. `defaults`: see `estimateUsd`. */
export function quoteOf(
	price: Price | undefined,
	inputs: Readonly<Record<string, unknown>>,
	defaults: Readonly<Record<string, unknown>> = {},
): Quote {
	const usd = estimateUsd(price, inputs, defaults);
	return { ...(usd !== undefined && { usd }), ...(price !== undefined && { words: priceInWords(price) }) };
}
