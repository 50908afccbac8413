/**
 * A stand-in for one shop of Shopify: the webhooks of its REST interface, and of its GraphQL Admin API what the example
 * uses, with the types of version 2026-10 (https://shopify.dev/docs/api/admin-graphql), so that a query with a wrong
 * field or argument is refused as there.
 */
import { createHmac } from 'node:crypto';

import { loadDriver } from '../lib/drivers.mts';
import { FakeService, type ServiceAnswer, type ServiceRequest } from './fakeService.mts';

const SCHEMA = `
	enum MediaContentType { IMAGE VIDEO MODEL_3D EXTERNAL_VIDEO }
	enum MediaStatus { FAILED PROCESSING READY UPLOADED }
	interface Node { id: ID! }
	interface Media { id: ID! alt: String mediaContentType: MediaContentType! status: MediaStatus! mediaErrors: [MediaError!]! }
	type MediaError { code: String! message: String! }
	type Image { url: String! }
	type MediaImage implements Node & Media {
		id: ID! alt: String mediaContentType: MediaContentType! status: MediaStatus! mediaErrors: [MediaError!]! image: Image
	}
	type Video implements Node & Media {
		id: ID! alt: String mediaContentType: MediaContentType! status: MediaStatus! mediaErrors: [MediaError!]!
	}
	type MediaConnection { nodes: [Media!]! }
	type Product implements Node {
		id: ID! title: String!
		media(first: Int, reverse: Boolean = false): MediaConnection!
	}
	type UserError { field: [String!] message: String! }
	type ProductUpdatePayload { product: Product userErrors: [UserError!]! }
	input ProductUpdateInput { id: ID title: String }
	input CreateMediaInput { originalSource: String! alt: String mediaContentType: MediaContentType! }
	type Query { product(id: ID!): Product node(id: ID!): Node }
	type Mutation {
		productUpdate(product: ProductUpdateInput, media: [CreateMediaInput!]): ProductUpdatePayload
	}
`;

/** A new medium is UPLOADED, then PROCESSING, and has become READY or FAILED when it is looked at this often. */
const LOOKS_UNTIL_PROCESSED = 3;

interface GraphqlLibrary {
	buildSchema(source: string): object;
	graphql(call: object): Promise<{ data?: unknown; errors?: Array<{ message: string }> }>;
}

export interface Medium {
	id: string;
	alt: string;
	kind: 'IMAGE' | 'VIDEO';
	/** Where Shopify got it from. */
	source: string;
	/** Looks at it so far, of LOOKS_UNTIL_PROCESSED. */
	looks: number;
	/** Whether Shopify will not be able to take it. */
	fails: boolean;
}

interface Product {
	id: string;
	title: string;
	media: Medium[];
}

interface FakeShopifyOptions {
	/** The part before `.myshopify.com`. */
	shop: string;
	/** The Admin API token that is good. */
	token: string;
	/** What the app signs its webhooks with. */
	secret: string;
}

export class FakeShopify extends FakeService {
	readonly hosts: string[];
	/** The webhooks that are registered, by their id. */
	readonly webhooks = new Map<number, { topic: string; address: string }>();
	/** Descriptions of pictures that Shopify will not be able to take. */
	failsFor: RegExp | undefined;
	/** Calls of GraphQL that Shopify answers with 500. */
	isDownFor: RegExp | undefined;
	/** Calls of GraphQL that Shopify puts off: HTTP 200 with an error (https://shopify.dev/docs/api/usage/limits). */
	throttles: RegExp | undefined;
	/** So many calls more are put off; for ever unless told. */
	throttlesLeft = Number.POSITIVE_INFINITY;
	readonly #options: FakeShopifyOptions;
	readonly #products: Product[] = [];
	#made = 1_000;
	#graphql: { library: GraphqlLibrary; schema: object } | undefined;

	constructor(options: FakeShopifyOptions) {
		super();
		this.#options = options;
		this.hosts = [`${options.shop}.myshopify.com`];
	}

	/** A person makes a product; its photos are still being read in. Gives its id. */
	addProduct(title: string, media: Array<{ source: string; alt?: string; kind?: 'IMAGE' | 'VIDEO' }>): string {
		const id = `gid://shopify/Product/${this.#next()}`;
		this.#products.push({
			id,
			title,
			media: media.map(({ source, alt = '', kind = 'IMAGE' }) => this.#medium(source, alt, kind)),
		});
		return id;
	}

	/** Photos that arrive after the product was reported. */
	addMedia(productId: string, media: Array<{ source: string; alt?: string }>): void {
		const { media: before } = this.#find(productId);
		before.push(...media.map(({ source, alt = '' }) => this.#medium(source, alt, 'IMAGE')));
	}

	/** The media of a product, in the order of the shop. */
	media(productId: string): Medium[] {
		return this.#find(productId).media;
	}

	/**
	 * Reports a product to all webhooks of the topic, signed as n8n checks it
	 * (https://shopify.dev/docs/apps/build/webhooks/verify-deliveries). Gives the statuses of the answers.
	 */
	async report(topic: string, productId: string, secret = this.#options.secret): Promise<number[]> {
		const { id, title, media } = this.#find(productId);
		const [first] = media.filter(({ kind }) => kind === 'IMAGE');
		const body = JSON.stringify({
			id: Number(id.split('/').at(-1)),
			admin_graphql_api_id: id,
			title,
			image: first === undefined ? null : { src: servedAt(first) },
		});
		const hmac = createHmac('sha256', secret).update(body).digest('base64');
		const calls = [...this.webhooks.values()].filter((webhook) => webhook.topic === topic);
		return await Promise.all(
			calls.map(async ({ address }) => {
				const headers = {
					'content-type': 'application/json',
					'x-shopify-topic': topic,
					'x-shopify-hmac-sha256': hmac,
					'x-shopify-shop-domain': this.hosts[0],
					'x-shopify-api-version': '2026-10',
				};
				return (await fetch(address, { method: 'POST', headers, body })).status;
			}),
		);
	}

	override async answer({ method, path, query, headers, body }: ServiceRequest): Promise<ServiceAnswer | undefined> {
		if (headers['x-shopify-access-token'] !== this.#options.token) {
			return { status: 401, json: { errors: '[API] Invalid API key or access token' } };
		}
		const [, rest] = /^\/admin\/api\/\d{4}-\d{2}\/+(.+)$/.exec(path) ?? [];
		if (rest === 'graphql.json' && method === 'POST') return await this.#answerGraphql(body as GraphqlCall);
		if (rest === 'webhooks' && method === 'GET') return { json: { webhooks: this.#listWebhooks(query.get('topic')) } };
		if (rest === 'webhooks.json' && method === 'POST') return this.#addWebhook(body as WebhookBody);
		const [, webhookId] = /^webhooks\/(\d+)\.json$/.exec(rest ?? '') ?? [];
		if (webhookId === undefined || method !== 'DELETE') return undefined;
		return this.webhooks.delete(Number(webhookId)) ? { json: {} } : { status: 404, json: { errors: 'Not Found' } };
	}

	#listWebhooks(topic: string | null): object[] {
		return [...this.webhooks]
			.filter(([, webhook]) => topic === null || webhook.topic === topic)
			.map(([id, webhook]) => ({ id, ...webhook, format: 'json' }));
	}

	#addWebhook({ webhook: { topic, address } }: WebhookBody): ServiceAnswer {
		const id = this.#next();
		this.webhooks.set(id, { topic, address });
		return { status: 201, json: { webhook: { id, topic, address, format: 'json' } } };
	}

	async #answerGraphql({ query, variables }: GraphqlCall): Promise<ServiceAnswer> {
		if (this.isDownFor?.test(query)) return { status: 500, json: { errors: 'Internal Server Error' } };
		if (this.throttles?.test(query) && this.throttlesLeft > 0) {
			this.throttlesLeft -= 1;
			return { json: { errors: [{ message: 'Throttled', extensions: { code: 'THROTTLED' } }] } };
		}
		this.#graphql ??= await loadGraphql();
		const { library, schema } = this.#graphql;
		const result = await library.graphql({ schema, source: query, variableValues: variables, rootValue: this.#root });
		return { json: result };
	}

	readonly #root = {
		product: ({ id }: { id: string }) => {
			const product = this.#products.find((one) => one.id === id);
			return product && this.#showProduct(product);
		},
		node: ({ id }: { id: string }) => {
			const medium = this.#products.flatMap(({ media }) => media).find((one) => one.id === id);
			return medium && look(medium);
		},
		productUpdate: ({ product: { id }, media = [] }: { product: { id: string }; media?: MediaInput[] }) => {
			const product = this.#products.find((one) => one.id === id);
			if (product === undefined) return { userErrors: [{ field: ['id'], message: 'Product does not exist' }] };
			const added = media.map(({ originalSource, alt, mediaContentType }) =>
				this.#medium(originalSource, alt ?? '', mediaContentType),
			);
			product.media.push(...added);
			return { product: this.#showProduct(product), userErrors: [] };
		},
	};

	#showProduct({ id, title, media }: Product): object {
		return {
			__typename: 'Product',
			id,
			title,
			media: ({ first = 50, reverse = false }: { first?: number; reverse?: boolean }) => ({
				nodes: (reverse ? media.toReversed() : media).slice(0, first).map(look),
			}),
		};
	}

	#medium(source: string, alt: string, kind: Medium['kind']): Medium {
		const id = `gid://shopify/${kind === 'IMAGE' ? 'MediaImage' : 'Video'}/${this.#next()}`;
		return { id, alt, kind, source, looks: 0, fails: this.failsFor?.test(alt) ?? false };
	}

	#find(productId: string): Product {
		const product = this.#products.find(({ id }) => id === productId);
		if (product === undefined) throw new Error(`There is no product ${productId}`);
		return product;
	}

	#next(): number {
		this.#made += 1;
		return this.#made;
	}
}

interface GraphqlCall {
	query: string;
	variables?: object;
}

interface MediaInput {
	originalSource: string;
	alt?: string;
	mediaContentType: 'IMAGE' | 'VIDEO';
}

interface WebhookBody {
	webhook: { topic: string; address: string };
}

async function loadGraphql() {
	const library = await loadDriver<GraphqlLibrary>('graphql');
	return { library, schema: library.buildSchema(SCHEMA) };
}

/** Where Shopify serves a photo that it has read in. */
export const servedAt = ({ id }: Medium) =>
	`https://cdn.shopify.com/s/files/1/0000/0001/files/${id.split('/').at(-1)}.jpg`;

function look(medium: Medium): object {
	medium.looks += 1;
	const { id, alt, kind, looks, fails } = medium;
	const end = fails ? 'FAILED' : 'READY';
	const status = looks >= LOOKS_UNTIL_PROCESSED ? end : looks === 1 ? 'UPLOADED' : 'PROCESSING';
	return {
		__typename: kind === 'IMAGE' ? 'MediaImage' : 'Video',
		id,
		alt,
		mediaContentType: kind,
		status,
		mediaErrors:
			status === 'FAILED' ? [{ code: 'IMAGE_DOWNLOAD_FAILURE', message: 'The image could not be downloaded.' }] : [],
		// Shopify: null until the status is READY.
		image: status === 'READY' ? { url: servedAt(medium) } : null,
	};
}
