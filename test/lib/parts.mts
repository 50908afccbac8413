/** The parts of the node that no door of the package leads to, for what hands in its own clock or policies. */
export { execute } from '../../nodes/RunComfy/execute.ts';
export { ProcessState, usualPolicies } from '../../nodes/RunComfy/batch/processState.ts';
export { Stop } from '../../nodes/RunComfy/timing/stop.ts';
