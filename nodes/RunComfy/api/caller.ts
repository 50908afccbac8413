import type { IExecuteFunctions, ILoadOptionsFunctions } from 'n8n-workflow';

/** Who may call RunComfy: an execution of the node, and the editor while somebody fills in its fields. */
export type Caller = IExecuteFunctions | ILoadOptionsFunctions;
