/** Keeps a test's calls on this machine, and tells where they wanted to go. */
import net from 'node:net';

export interface NetworkGuard {
	/** `host:port` of every connection that was refused here. */
	refused: string[];
	open(): void;
}

type Connect = typeof net.Socket.prototype.connect;

/** Refuses every connection to a host other than 127.0.0.1, before its name is looked up. */
export function guardNetwork(): NetworkGuard {
	const refused: string[] = [];
	const { connect } = net.Socket.prototype;
	const guarded = function (this: net.Socket, ...args: unknown[]) {
		const [first] = args.flat() as Array<{ host?: string; port?: number } | undefined>;
		if (first?.host === '127.0.0.1') return Reflect.apply(connect, this, args) as net.Socket;
		refused.push(`${first?.host}:${first?.port}`);
		process.nextTick(() => this.destroy(Object.assign(new Error('refused by the test'), { code: 'ECONNREFUSED' })));
		return this;
	};
	net.Socket.prototype.connect = guarded as Connect;
	return {
		refused,
		open: () => {
			net.Socket.prototype.connect = connect;
		},
	};
}
