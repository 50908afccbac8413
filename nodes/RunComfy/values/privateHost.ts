const PRIVATE_NAME = /^(localhost|.*\.(localhost|local|internal|lan|home|corp|intranet|home\.arpa))$/;

/** Blocks that are not routed on the internet. Source: IANA's registries of special-purpose addresses. */
const PRIVATE_IPV4 =
	/^(0|10|127)\.|^169\.254\.|^192\.168\.|^172\.(1[6-9]|2\d|3[01])\.|^100\.(6[4-9]|[7-9]\d|1[01]\d|12[0-7])\.|^(22[4-9]|2[3-5]\d)\./;
const PRIVATE_IPV6 = /^\[(::1?\]|f[cd][0-9a-f]{2}:|fe[89ab][0-9a-f]:|ff[0-9a-f]{2}:|::ffff:)/;

/** Whether a host can only be reached from within somebody's own network. Takes a host name as `URL` gives it. */
export function isPrivateHost(hostname: string): boolean {
	const host = hostname.toLowerCase().replace(/\.$/, '');
	if (host.startsWith('[')) return PRIVATE_IPV6.test(host);
	const isPlainName = !host.includes('.');
	return isPlainName || PRIVATE_NAME.test(host) || PRIVATE_IPV4.test(host);
}
