import type { IDataObject } from 'n8n-workflow';

/** What tells the items of one input item's variants apart; nothing where it has only one. */
export const variantFields = (variant: number | undefined, seed: number | undefined): IDataObject =>
	variant === undefined ? {} : { variant, ...(seed !== undefined && { seed }) };
