/** How deployments behave where their documents leave room. `../README.md` has the meaning of each value. */
export interface DeploymentSwitches {
	deployments: 'five' | 'empty' | 'none' | 'wrapped';
	deploymentTokenRefusal: '401code' | '401' | '200' | '403message';
	deploymentRefusal: '400' | '403' | '200';
	includes: 'given' | 'ignored';
	patchNeedsName: boolean;
	emptyOverrides: 'run' | '422';
	unknownNode: '422' | 'ignored';
	objectInfo: 'ok' | 'absent' | '404' | 'large';
	queueWhenDisabled: 'held' | 'cancelled' | 'run';
	coldStartSeconds: number;
	deploymentRunSeconds: number;
	cached: boolean;
	errorShape: 'list' | 'list2' | 'object' | 'string';
	errorCode: number;
	logUrl: boolean;
	webhook: 'ok' | 'twice' | 'reordered' | 'late' | 'never' | 'forged';
}

export const DEPLOYMENT_DEFAULTS: Readonly<DeploymentSwitches> = Object.freeze({
	deployments: 'five',
	deploymentTokenRefusal: '401code',
	deploymentRefusal: '400',
	includes: 'given',
	patchNeedsName: true,
	emptyOverrides: 'run',
	unknownNode: '422',
	objectInfo: 'ok',
	queueWhenDisabled: 'held',
	coldStartSeconds: 180,
	deploymentRunSeconds: 0,
	cached: true,
	errorShape: 'list',
	errorCode: 20001,
	logUrl: false,
	webhook: 'ok',
});

/** Switches with a closed list of values. */
export const DEPLOYMENT_CHOICES = {
	deployments: ['five', 'empty', 'none', 'wrapped'],
	deploymentTokenRefusal: ['401code', '401', '200', '403message'],
	deploymentRefusal: ['400', '403', '200'],
	includes: ['given', 'ignored'],
	emptyOverrides: ['run', '422'],
	unknownNode: ['422', 'ignored'],
	objectInfo: ['ok', 'absent', '404', 'large'],
	queueWhenDisabled: ['held', 'cancelled', 'run'],
	errorShape: ['list', 'list2', 'object', 'string'],
	webhook: ['ok', 'twice', 'reordered', 'late', 'never', 'forged'],
} as const;

/** Fixed for a request's whole life when it is accepted. */
export const DEPLOYMENT_LIFE = [
	'deploymentRunSeconds',
	'cached',
	'errorShape',
	'errorCode',
	'logUrl',
	'webhook',
] as const satisfies ReadonlyArray<keyof DeploymentSwitches>;
