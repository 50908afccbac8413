import type { IDataObject, IExecuteFunctions } from 'n8n-workflow';

import type { ErrorFacts, RunComfyError } from '../errors/RunComfyError';
import * as wording from '../errors/wording';
import { alarm } from '../timing/alarm';
import type { Clock } from '../timing/clock';
import type { Stop } from '../timing/stop';
import type { Account } from './connection';
import {
	detailsOf,
	errorCodeOf,
	meaningOfRead,
	meaningOfSubmit,
	type ReadMeaning,
	type RefusalReason,
	type Reply,
	retryAfterMs,
	wordsOf,
} from './answers';
import type { CallBudget, Priority } from './callBudget';
import { type CancelAnswer, requestUrls, type ResultAnswer, type StatusAnswer } from './contract';
import type { Look } from './look';
import { callPolicy } from './policy';
import { phaseOfResult, phaseOfStatus, type RequestPhase } from './requestState';
import { callRunComfy } from './transport';

export type SubmitEnd =
	| { kind: 'accepted'; requestId: string }
	/** Nothing was bought, and the same submit may be made again. `paced`: the call budget sees to the pause. */
	| { kind: 'postponed'; reason: string; facts: ErrorFacts; paced: boolean }
	/** Nothing was bought. */
	| { kind: 'refused'; error: RunComfyError }
	/** It may have been bought. */
	| { kind: 'unknown'; error: RunComfyError }
	/** Its turn under the call budget would have come too late. Nothing was sent. */
	| { kind: 'noTurn' }
	/** Stop, or the end of the batch, came before anything was sent. */
	| { kind: 'leftOff' };

export interface Submission {
	modelId: string;
	/** Whether the image travels in the body, which is what a refusal may be about. */
	sentAsFile: boolean;
	/** Makes the body; asked only when its turn has come, since it may hold a whole photo. */
	makeBody(): Promise<IDataObject>;
	/** Asked right before the call leaves: a batch that has ended for another item buys nothing more. */
	isStillWanted(): boolean;
	/** Called in the tick in which the call leaves, before anything is sent. */
	onSend(): void;
}

export interface LookOptions {
	priority: Priority;
	/** The turn must come before this time (epoch milliseconds). */
	latestMs: number;
	timeoutMs: number;
}

/** Why a call was not made. */
export const NO_TURN = 'RunComfy is to be called more slowly, and there was no turn for this call in time';

/** What a call is for, as it is said in an error. */
type Purpose = 'read' | 'cancel';

type UsableMeaning = Exclude<ReadMeaning, { kind: 'refused' }>;

const reasonOf = (reply: Reply): string => {
	if (reply.kind === 'fault') return `the connection failed (${reply.code})`;
	const words = wordsOf(reply.answer.body);
	return `HTTP ${reply.answer.httpStatus}${words === '' ? '' : `, ${words}`}`;
};

const factsOf = (reply: Reply): ErrorFacts =>
	reply.kind === 'fault' ? {} : { httpStatus: reply.answer.httpStatus, errorCode: errorCodeOf(reply.answer.body) };

const withoutTurn = (turn: 'late' | 'stopped'): { kind: 'stopped' } | { kind: 'silent'; reason: string } =>
	turn === 'stopped' ? { kind: 'stopped' } : { kind: 'silent', reason: NO_TURN };

/** What a meaning is to somebody who waits; `field` holds the word that tells the phase. */
function asLook<A>(
	meaning: UsableMeaning | { kind: 'stopped' },
	field: 'status' | 'outcome',
	phaseOf: (word: string) => RequestPhase,
): Look<A> {
	switch (meaning.kind) {
		case 'answered': {
			const word = String(meaning.body[field]).trim().toLowerCase();
			return { kind: 'seen', phase: phaseOf(word), word, answer: meaning.body as A };
		}
		case 'busy':
			return { kind: 'silent', reason: 'RunComfy asked to slow down (HTTP 429)', httpStatus: 429 };
		case 'notReady':
			return { kind: 'silent', reason: 'RunComfy says the result is not ready' };
		case 'silent':
		case 'stopped':
			return meaning;
	}
}

/** RunComfy's Model API, one method per endpoint. Every call waits for its turn under the call budget. */
export class RunComfyClient {
	/** Some deployments refuse to show a result before its end; then `/status` is read first. */
	private earlyResultsRefused = false;

	constructor(
		private readonly context: IExecuteFunctions,
		readonly account: Account,
		private readonly budget: CallBudget,
		private readonly clock: Clock,
		private readonly stop: Stop,
	) {}

	/**
	 * Submits once and never again. The turn must come before `latestMs` (epoch milliseconds). After a Stop a submit on
	 * its way is given a few seconds to end, since its id must be known to be cancelled.
	 */
	async submit(submission: Submission, latestMs: number): Promise<SubmitEnd> {
		const turn = await this.budget.take('first', latestMs, this.stop);
		if (turn === 'stopped') return { kind: 'leftOff' };
		if (turn === 'late') return { kind: 'noTurn' };
		return await this.inTurn(async () => await this.sendSubmit(submission));
	}

	private async sendSubmit(submission: Submission): Promise<SubmitEnd> {
		const body = await submission.makeBody();
		if (this.stop.stopped || !submission.isStillWanted()) return { kind: 'leftOff' };

		submission.onSend();
		const reply = await callRunComfy(
			this.context,
			this.account,
			{
				method: 'POST',
				url: `${this.account.modelApiUrl}/v1/models/${submission.modelId}`,
				body,
				timeoutMs: callPolicy.submitTimeoutMs,
			},
			{ stop: this.stop, msAfterStop: callPolicy.afterStopMs },
		);
		return this.endOfSubmit(submission, reply);
	}

	/**
	 * Looks at a request's result, or at its status first where early results are refused. Throws a RunComfyError for an
	 * answer that waiting cannot mend.
	 */
	async lookAtResult(requestId: string, options: LookOptions): Promise<Look<ResultAnswer>> {
		if (this.earlyResultsRefused) return await this.lookAtStatusFirst(requestId, options);
		const { result_url: url } = requestUrls(this.account.modelApiUrl, requestId);
		const meaning = await this.read(requestId, url, options, { include_cost: true });
		if (meaning.kind === 'notReady') {
			this.earlyResultsRefused = true;
			return await this.lookAtStatusFirst(requestId, options);
		}
		return asLook<ResultAnswer>(meaning, 'status', phaseOfResult);
	}

	/** Looks at a request's status. Throws a RunComfyError for an answer that waiting cannot mend. */
	async lookAtStatus(requestId: string, options: LookOptions): Promise<Look<StatusAnswer>> {
		const { status_url: url } = requestUrls(this.account.modelApiUrl, requestId);
		return asLook<StatusAnswer>(await this.read(requestId, url, options), 'status', phaseOfStatus);
	}

	/** Asks RunComfy to cancel a request; repeating it is harmless. Throws a RunComfyError when it is refused. */
	async cancel(requestId: string, options: LookOptions): Promise<Look<CancelAnswer>> {
		const turn = await this.budget.take(options.priority, options.latestMs, this.stop);
		if (turn !== 'granted') return withoutTurn(turn);
		const reply = await this.inTurn(async () => await this.sendCancel(requestId, options.timeoutMs, this.stop));
		if (this.stop.stopped) return { kind: 'stopped' };
		const meaning = this.meaningFor(requestId, reply, 'outcome', 'cancel');
		return asLook<CancelAnswer>(meaning, 'outcome', () => 'finished');
	}

	/**
	 * Cancels a request after a Stop: outside the call budget, in the background, within a few seconds.
	 * Answers RunComfy's word for the outcome, or undefined where there was none.
	 */
	async cancelAfterStop(requestId: string): Promise<string | undefined> {
		const reply = await this.sendCancel(requestId, callPolicy.afterStopMs);
		const meaning = meaningOfRead(reply, 'outcome');
		return meaning.kind === 'answered' ? String(meaning.body.outcome).toLowerCase() : undefined;
	}

	/** Makes a call in the turn it was granted, and gives the turn back when it is over, or when it hangs. */
	private async inTurn<T>(call: () => Promise<T>): Promise<T> {
		let isOver = false;
		const end = () => {
			if (!isOver) this.budget.end();
			isOver = true;
		};
		const switchOff = alarm(callPolicy.longestTurnMs, end);
		try {
			return await call();
		} finally {
			switchOff();
			end();
		}
	}

	private async lookAtStatusFirst(requestId: string, options: LookOptions): Promise<Look<ResultAnswer>> {
		const status = await this.lookAtStatus(requestId, options);
		if (status.kind !== 'seen') return status;
		if (status.phase !== 'finished' && status.phase !== 'cancelled') {
			return { ...status, answer: status.answer as ResultAnswer };
		}
		const { result_url: url } = requestUrls(this.account.modelApiUrl, requestId);
		const meaning = await this.read(requestId, url, { ...options, priority: 'first' }, { include_cost: true });
		if (meaning.kind !== 'notReady') return asLook<ResultAnswer>(meaning, 'status', phaseOfResult);
		if (status.phase === 'cancelled') return { ...status, answer: status.answer as ResultAnswer };
		return { kind: 'silent', reason: 'RunComfy says the request has finished but not yet how' };
	}

	private async read(
		requestId: string,
		url: string,
		options: LookOptions,
		query?: IDataObject,
	): Promise<UsableMeaning | { kind: 'stopped' }> {
		const turn = await this.budget.take(options.priority, options.latestMs, this.stop);
		if (turn !== 'granted') return withoutTurn(turn);
		const call = { method: 'GET' as const, url, query, timeoutMs: options.timeoutMs };
		const giveUp = { stop: this.stop, msAfterStop: 0 };
		const reply = await this.inTurn(async () => await callRunComfy(this.context, this.account, call, giveUp));
		if (this.stop.stopped) return { kind: 'stopped' };
		return this.meaningFor(requestId, reply, 'status', 'read');
	}

	private async sendCancel(requestId: string, timeoutMs: number, stop?: Stop): Promise<Reply> {
		const { cancel_url: url } = requestUrls(this.account.modelApiUrl, requestId);
		const giveUp = stop && { stop, msAfterStop: 0 };
		return await callRunComfy(this.context, this.account, { method: 'POST', url, timeoutMs }, giveUp);
	}

	/** Reads a reply, tells the budget of it, and throws for what waiting cannot mend. */
	private meaningFor(requestId: string, reply: Reply, field: 'status' | 'outcome', purpose: Purpose): UsableMeaning {
		const meaning = meaningOfRead(reply, field);
		this.tellBudget(reply, meaning.kind === 'busy');
		if (meaning.kind !== 'refused') return meaning;

		const facts = { ...factsOf(reply), requestId };
		const words = reply.kind === 'answer' ? wordsOf(reply.answer.body) : reasonOf(reply);
		switch (meaning.why) {
			case 'token':
				throw wording.tokenRefused(this.account.credentialName, words, facts);
			case 'foreign':
				throw wording.foreignRequest(this.account.credentialName, facts);
			case 'unknownRequest':
				throw wording.unknownRequest(facts);
			case 'redirect':
				throw wording.redirected(purpose, facts);
			case 'other':
				if (reply.kind === 'fault') throw wording.connectionNotSecure(words, facts);
				throw wording.callRefused(purpose, words, facts);
		}
	}

	private endOfSubmit(submission: Submission, reply: Reply): SubmitEnd {
		const meaning = meaningOfSubmit(reply);
		const isBusy = meaning.kind === 'refused' && meaning.why === 'busy';
		this.tellBudget(reply, isBusy);
		if (meaning.kind === 'accepted') return meaning;

		const facts = factsOf(reply);
		if (meaning.kind === 'unknown') {
			return {
				kind: 'unknown',
				error: wording.submitOutcomeUnknown(meaning.reason, { ...facts, requestId: meaning.requestId }),
			};
		}
		if (meaning.passing) return { kind: 'postponed', reason: reasonOf(reply), facts, paced: isBusy };
		return { kind: 'refused', error: this.refusedSubmit(meaning.why, submission, reply, facts) };
	}

	private refusedSubmit(why: RefusalReason, submission: Submission, reply: Reply, facts: ErrorFacts): RunComfyError {
		const body = reply.kind === 'answer' ? reply.answer.body : undefined;
		const words = wordsOf(body);
		if (why === 'token') return wording.tokenRefused(this.account.credentialName, words, facts);
		if (why === 'balance') return wording.noBalance(words, facts);
		if (why === 'model') return wording.modelUnknown(submission.modelId, words, facts);
		if (why === 'certificate') return wording.connectionNotSecure(reasonOf(reply));
		return wording.inputRefused(words, detailsOf(body), submission.sentAsFile, facts);
	}

	private tellBudget(reply: Reply, isBusy: boolean): void {
		if (reply.kind !== 'answer') return;
		if (isBusy) this.budget.slowDown(retryAfterMs(reply.answer.headers, this.clock.now()));
		else this.budget.speedUp();
	}
}
