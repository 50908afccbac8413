/** RunComfy's requests: submit, read the result or the status, cancel. One method per endpoint. */

import * as reasons from '../errors/reasons';
import { cancellingRequest, readingRequest } from '../errors/requestErrors';
import type { ErrorFacts, RunComfyError } from '../errors/RunComfyError';
import { type Stop, unlessStopped } from '../timing/stop';
import { type Expected, meaningOfRead, meaningOfSubmit, type Reply, statusOf } from './answers';
import type { CallOptions, Calls } from './calls';
import { deploymentIdOf, type RequestRef, requestUrls, type Submission } from './queue';
import { errorFactsOf, reasonOf, refusedSubmit } from './refusals';
import { isFinal, type ReadOutcome, outcomeOf, phaseOfStatus, type RequestPhase } from './requestState';
import { isNothing, otherRequestIn, outputIn, phaseOfAnswer, type RequestAnswer, statusWordOf } from './result';
import type { Call } from './transport';

export type SubmitEnd =
	| { kind: 'accepted'; requestId: string }
	/** Nothing was charged, and the same submit may be sent again. `paced`: the rate limit makes the pause. */
	| { kind: 'postponed'; reason: string; facts: ErrorFacts; paced: boolean }
	/** Nothing was charged. */
	| { kind: 'refused'; error: RunComfyError }
	/** It may have been charged. */
	| { kind: 'unknown'; reason: string; facts: ErrorFacts }
	/** Its permit of the rate limit would have come too late. Nothing was sent. */
	| { kind: 'rateLimited'; reason: string }
	/** It was no longer wanted when its permit came. Nothing was sent. */
	| { kind: 'unwanted' };

/** How one attempt to cancel a request after a Stop ended. */
export type LateCancelEnd =
	| { kind: 'answered'; outcome: string }
	/** RunComfy returned no outcome, or there was no permit for the call: asking again will not help. */
	| { kind: 'noOutcome' }
	/** It may be asked for again. `paced`: the rate limit makes the pause. */
	| { kind: 'postponed'; paced: boolean };

const OUTCOME: Expected = {
	isAnswer: (body) => outcomeOf(body) !== undefined,
	stateOf: (body) => ({ status: outcomeOf(body) ?? '', phase: 'finished' }),
};

/** What an answer of `/status` says. An unknown word counts as an end only where the time of the end is given. */
function statusState(body: Record<string, unknown>): { status: string; phase: RequestPhase } {
	const status = statusWordOf(body);
	const phase = phaseOfStatus(status);
	const hasEnded = phase === 'unclear' && typeof body.finished_at === 'string' && body.finished_at !== '';
	return { status, phase: hasEnded ? 'finished' : phase };
}

const isEmptySuccess = (read: ReadOutcome<RequestAnswer>): boolean =>
	read.kind === 'seen' && read.phase === 'succeeded' && isNothing(outputIn(read.answer));

/** RunComfy shows no result before its end. */
const isNotReady = (read: ReadOutcome<RequestAnswer>): boolean =>
	read.kind === 'silent' && read.reason === reasons.NOT_READY;

export class RequestsApi {
	/** Some deployments refuse to show a result before its end; then `/status` is read first. */
	private earlyResultsRefused = false;

	private callsAfterStop?: Calls;

	/** A request that is over stays over, whatever code its answer carries besides. */
	private readonly result: Expected = {
		isAnswer: (body) => statusWordOf(body) !== '' || isFinal(this.phaseOf(body)),
		isConclusive: (body) => isFinal(this.phaseOf(body)),
		stateOf: (body) => ({ status: statusWordOf(body), phase: this.phaseOf(body) }),
	};

	private readonly stop: Stop;

	constructor(private readonly calls: Calls) {
		this.stop = calls.context.stop;
	}

	/**
	 * Submits once and never again. The permit must come before `latestMs`; `mayLeave` is asked in the tick in which the call
	 * leaves. After a Stop a submit in flight gets a few seconds to end, since its id must be known to be cancelled. Throws
	 * Stopped where Stop came before it left.
	 */
	async submit(submission: Submission, latestMs: number, mayLeave: () => boolean): Promise<SubmitEnd> {
		// Made before the permit comes, since n8n's storage may be slow and a permit must be used at once.
		const body = await this.stop.race(submission.makeBody());
		const { submitTimeoutMs: timeoutMs, afterStopMs: msAfterStop } = this.calls.context.policy;
		const call = { method: 'POST' as const, url: submission.queue.submitUrl, body };
		const wanted = { priority: 'submit' as const, latestMs, isHeavy: submission.hasFile };
		const reply = await this.calls.send(wanted, call, { timeoutMs, stop: this.stop, msAfterStop }, mayLeave);
		if (reply === 'late') {
			const { isOn } = this.calls.context.rateLimit.submits;
			return { kind: 'rateLimited', reason: isOn ? reasons.SUBMITS_UNANSWERED : reasons.RATE_LIMITED };
		}
		if (reply === 'unwanted') return { kind: 'unwanted' };
		return this.endOfSubmit(submission, reply);
	}

	private endOfSubmit(submission: Submission, reply: Reply): SubmitEnd {
		const meaning = meaningOfSubmit(reply);
		if (meaning.kind === 'accepted') return meaning;
		const facts = errorFactsOf(reply);
		if (meaning.kind === 'unknown') {
			const { reason, requestId } = meaning;
			return { kind: 'unknown', reason, facts: { ...facts, requestId } };
		}
		if (meaning.kind === 'postponed') return { ...meaning, reason: reasonOf(reply), facts };
		const { credentialName } = this.calls.connection;
		return { kind: 'refused', error: refusedSubmit(meaning.why, submission, reply, credentialName) };
	}

	/**
	 * Reads a request's result, or its status first where early results are refused. Throws a RunComfyError for an answer
	 * that will not change by itself.
	 */
	async readResult(request: RequestRef, options: CallOptions): Promise<ReadOutcome<RequestAnswer>> {
		const read = await this.readOnce(request, options);
		return isEmptySuccess(read) ? await this.readUntilOutput(request, options, read) : read;
	}

	private async readOnce(request: RequestRef, options: CallOptions): Promise<ReadOutcome<RequestAnswer>> {
		// It is not documented what a deployment returns before the end, and its requests take minutes.
		if (this.earlyResultsRefused || deploymentIdOf(request) !== undefined)
			return await this.readStatusFirst(request, options);
		const read = await this.askResult(request, options);
		if (!isNotReady(read)) return read;
		this.earlyResultsRefused = true;
		return await this.readStatusFirst(request, options);
	}

	/** A success may be reported a moment before its output is there, so it is read a few times more. */
	private async readUntilOutput(
		request: RequestRef,
		{ timeoutMs, priority }: CallOptions,
		empty: ReadOutcome<RequestAnswer>,
	): Promise<ReadOutcome<RequestAnswer>> {
		const { clock, policy } = this.calls.context;
		for (let reads = 0; reads < policy.emptyResultReads; reads += 1) {
			await clock.sleep(policy.emptyResultPauseMs, this.stop);
			const latestMs = clock.now() + policy.lastPollTimeoutMs;
			// What has been read stands, whatever happens to a further read.
			const read = await this.readOnce(request, { timeoutMs, priority, latestMs }).catch(unlessStopped(empty));
			if (read.kind === 'seen' && !isEmptySuccess(read)) return read;
		}
		return empty;
	}

	/** Reads a request's status. Throws a RunComfyError for an answer that will not change by itself. */
	async readStatus(request: RequestRef, options: CallOptions): Promise<ReadOutcome<RequestAnswer>> {
		const call = { method: 'GET' as const, url: requestUrls(request).status_url };
		return await this.ask(request, call, options, { ...this.result, stateOf: statusState });
	}

	/** Asks RunComfy to cancel a request; repeating it is harmless. Throws a RunComfyError where that is refused. */
	async cancel(request: RequestRef, options: CallOptions): Promise<ReadOutcome<RequestAnswer>> {
		const call = { method: 'POST' as const, url: requestUrls(request).cancel_url };
		return await this.ask(request, call, options, OUTCOME, cancellingRequest(request.requestId));
	}

	/**
	 * Asks once to cancel a request after a Stop. The permit must come before `latestMs`. Postponed is only what may be answered
	 * differently next time: no answer at all, a 429 and a 5xx. Never throws.
	 */
	async cancelAfterStop(request: RequestRef, latestMs: number): Promise<LateCancelEnd> {
		const calls = (this.callsAfterStop ??= this.calls.outlivingStop());
		const timeoutMs = calls.context.policy.lastPollTimeoutMs;
		const call = { method: 'POST' as const, url: requestUrls(request).cancel_url };
		const reply = await calls.send({ priority: 'cancel', latestMs }, call, { timeoutMs });
		if (typeof reply === 'string') return { kind: 'noOutcome' };
		const meaning = meaningOfRead(reply, OUTCOME);
		if (meaning.kind === 'seen') return { kind: 'answered', outcome: meaning.status };
		if (meaning.kind === 'silent' && meaning.httpStatus === 429) return { kind: 'postponed', paced: true };
		const mayPass = reply.kind === 'fault' ? meaning.kind === 'silent' : statusOf(reply.answer) >= 500;
		return mayPass ? { kind: 'postponed', paced: false } : { kind: 'noOutcome' };
	}

	private readonly phaseOf = (body: Record<string, unknown>): RequestPhase =>
		phaseOfAnswer(body, this.calls.connection);

	private async askResult(request: RequestRef, options: CallOptions): Promise<ReadOutcome<RequestAnswer>> {
		const isOfModel = deploymentIdOf(request) === undefined;
		const url = requestUrls(request).result_url;
		// Deployments report no cost.
		const call = { method: 'GET' as const, url, ...(isOfModel && { query: { include_cost: true } }) };
		return await this.ask(request, call, options, this.result);
	}

	/** An answer about another request counts as none: its files belong to that request. */
	private async ask(
		{ requestId }: RequestRef,
		call: Call,
		options: CallOptions,
		expected: Expected,
		asked = readingRequest(requestId),
	): Promise<ReadOutcome<RequestAnswer>> {
		const read = await this.calls.read<RequestAnswer>(call, options, expected, asked);
		const other = read.kind === 'seen' ? otherRequestIn(read.answer, requestId) : undefined;
		return other === undefined ? read : { kind: 'silent', reason: reasons.aboutAnother(other) };
	}

	private async readStatusFirst(request: RequestRef, options: CallOptions): Promise<ReadOutcome<RequestAnswer>> {
		const status = await this.readStatus(request, options);
		if (status.kind !== 'seen' || (status.phase !== 'finished' && status.phase !== 'cancelled')) return status;
		const read = await this.askResult(request, { ...options, priority: 'first' });
		if (!isNotReady(read)) return read;
		return status.phase === 'cancelled' ? status : { kind: 'silent', reason: reasons.FINISHED_SOMEHOW };
	}
}
