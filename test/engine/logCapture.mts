import { AsyncLocalStorage } from 'node:async_hooks';

export interface LogLine {
	level: 'error' | 'warn' | 'info' | 'debug';
	message: string;
	meta: Record<string, unknown>;
}

/** The lines of one execution: what the node said through `this.logger`, and what n8n said about it. */
export interface LogSink {
	node: LogLine[];
	engine: LogLine[];
}

const currentSink = new AsyncLocalStorage<LogSink>();

/** Lines that belong to no execution. */
export const strayLogs: LogSink = { node: [], engine: [] };

/** Runs `work` so that every line logged by it, also later in the background, goes to `sink`. */
export function withLogSink<T>(sink: LogSink, work: () => T): T {
	return currentSink.run(sink, work);
}

type Write = (message: string, meta?: Record<string, unknown>) => void;

interface CapturingLogger extends Record<LogLine['level'], Write> {
	scoped(): CapturingLogger;
}

function loggerFor(channel: keyof LogSink, levels: ReadonlyArray<LogLine['level']>): CapturingLogger {
	const write =
		(level: LogLine['level']): Write =>
		(message, meta = {}) => {
			if (!levels.includes(level)) return;
			(currentSink.getStore() ?? strayLogs)[channel].push({ level, message, meta: { ...meta } });
		};
	const logger: CapturingLogger = {
		error: write('error'),
		warn: write('warn'),
		info: write('info'),
		debug: write('debug'),
		scoped: () => logger,
	};
	return logger;
}

/** Stands in for n8n's Logger: what a node gets as `this.logger`. */
export const nodeLogger = loggerFor('node', ['error', 'warn', 'info', 'debug']);

/** For n8n's own lines. Without debug: n8n writes five such lines for every node that runs. */
export const engineLogger = loggerFor('engine', ['error', 'warn', 'info']);
