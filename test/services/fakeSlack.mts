/**
 * A stand-in for Slack's `chat.postMessage` (https://docs.slack.dev/reference/methods/chat.postMessage): errors come with
 * HTTP 200 and `ok: false`, a message has at most 50 blocks, a section at most 3000 characters
 * (https://docs.slack.dev/reference/block-kit/blocks).
 */
import { FakeService, type ServiceAnswer, type ServiceRequest } from './fakeService.mts';

const MAX_BLOCKS = 50;
const MAX_SECTION_CHARACTERS = 3000;

interface SlackBlock {
	type: string;
	text?: { type: string; text: string };
	accessory?: { type: string; image_url: string; alt_text: string };
}

interface SlackMessage {
	channel: string;
	text?: string;
	blocks?: SlackBlock[];
}

export class FakeSlack extends FakeService {
	readonly hosts = ['slack.com'];
	/** What people see in the channel, oldest first. */
	readonly messages: SlackMessage[] = [];
	/** Addresses of pictures that Slack cannot load: it refuses the whole message. */
	cannotLoad: RegExp | undefined;
	readonly #token: string;

	/** @param token the bot token that is good */
	constructor(token: string) {
		super();
		this.#token = token;
	}

	override answer({ method, path, headers, body }: ServiceRequest): ServiceAnswer | undefined {
		if (method !== 'POST' || path !== '/api/chat.postMessage') return undefined;
		if (headers.authorization !== `Bearer ${this.#token}`) return { json: { ok: false, error: 'invalid_auth' } };
		const message = body as SlackMessage;
		const { channel, text = '', blocks = [] } = message;
		if (!channel) return { json: { ok: false, error: 'channel_not_found' } };
		if (text === '' && blocks.length === 0) return { json: { ok: false, error: 'no_text' } };
		const isTooLong = blocks.some((block) => (block.text?.text.length ?? 0) > MAX_SECTION_CHARACTERS);
		const isUnloadable = blocks.some(({ accessory }) => this.cannotLoad?.test(accessory?.image_url ?? ''));
		if (blocks.length > MAX_BLOCKS || isTooLong || isUnloadable)
			return { json: { ok: false, error: 'invalid_blocks' } };
		this.messages.push(message);
		return { json: { ok: true, channel: 'C0123456789', ts: `${Date.now() / 1000}` } };
	}
}
