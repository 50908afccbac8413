/** Times and sizes that pages promise: tests of the node replace most of them by shorter ones, so they are compared here. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';

import { expect, test } from '@jest/globals';

import { callPolicy, rateLimitPolicy } from '../../nodes/RunComfy/api/callPolicies.ts';
import { batchPolicy } from '../../nodes/RunComfy/batch/processState.ts';
import { MAX_REQUESTS_IN_FLIGHT, MAX_TIMEOUT_SECONDS, MAX_VARIANTS } from '../../nodes/RunComfy/batch/optionFields.ts';
import { downloadPolicy } from '../../nodes/RunComfy/output/download.ts';
import { IMAGE_MAX_BYTES } from '../../nodes/RunComfy/resources/background/ideogram.ts';
import { limitsOf } from '../../nodes/RunComfy/values/inputFile.ts';
import { schemaOf } from '../../nodes/RunComfy/values/schema.ts';

const SECOND = 1_000;
const MINUTE = 60 * SECOND;
const HOUR = 60 * MINUTE;
const MEBIBYTE = 1024 * 1024;

const megabytesOf = (media: 'image' | 'video' | 'audio' | 'file'): number => {
	const input = schemaOf({ input: { label: 'Input', kind: 'mediaOne', media } }).inputs.get('input');
	return ((input && limitsOf(input)?.maxBytes) as number) / MEBIBYTE;
};

const { firstBackoffMs, longestBackoffMs, longestRetryAfterMs } = callPolicy;
/** What jitter adds to a backoff at most. */
const JITTER = 1.25;
const { callsPerShortWindow, callsPerLongWindow } = rateLimitPolicy;

test.each<[page: string, sentence: string]>([
	['operations', `| ${callsPerShortWindow} in any second and ${callsPerLongWindow} in any minute, per token`],
	[
		'operations',
		`for up to ${callPolicy.cancelWindowMs + callPolicy.lastPollTimeoutMs === MINUTE ? 'a minute' : '?'} |`,
	],
	['operations', `\`Retry-After\` says (at most ${longestRetryAfterMs === HOUR ? 'an hour' : '?'})`],
	['operations', `otherwise ${firstBackoffMs / SECOND} to ${(longestBackoffMs * JITTER) / SECOND} seconds, increasing`],
	['operations', `up to ${downloadPolicy.maxBytes / MEBIBYTE} MB, from RunComfy's hosts`],
	['operations', `within ${downloadPolicy.deadlineMs / MINUTE} minutes |`],
	['operations', `complete JPEG, PNG or WebP of up to ${IMAGE_MAX_BYTES / MEBIBYTE} MB`],
	['operations', `unfinished at the same time, 1 to ${MAX_REQUESTS_IN_FLIGHT}.`],
	['operations', `seconds per request, 1 to ${MAX_TIMEOUT_SECONDS.toLocaleString('en')}.`],
	['operations', `up to ${MAX_VARIANTS} requests per item`],
	['models', `| image | ${megabytesOf('image')} MB |`],
	['models', `| audio | ${megabytesOf('audio')} MB |`],
	['models', `| video, other files | ${megabytesOf('video')} MB |`],
	['models', `| video, other files | ${megabytesOf('file')} MB |`],
	['models', `caches it for ${batchPolicy.catalogueKeptMs === MINUTE ? 'a minute' : '?'}.`],
	['deployments', `notices within ${callPolicy.workflowFreshMs === MINUTE ? 'a minute' : '?'} and refuses the rest`],
	['errors', `(Submit: ${callPolicy.submitWindowMs / MINUTE} minutes)`],
	['errors', `cancelling a request, for ${callPolicy.singleCallWindowMs === MINUTE ? 'a minute' : '?'}:`],
	['errors', `during a long batch, every ${batchPolicy.tellEveryMs / SECOND} seconds`],
	['troubleshooting', `a line every ${batchPolicy.tellEveryMs / SECOND} seconds`],
])('%s: %s', (page, sentence) => {
	const text = readFileSync(join(import.meta.dirname, '..', '..', 'docs', `${page}.md`), 'utf8');
	expect(text.replace(/\s+/g, ' ')).toContain(sentence);
});

test('a submit on its way when Stop comes is let finish for a few seconds, and no longer', () => {
	expect(callPolicy.afterStopMs).toBe(5 * SECOND);
});
