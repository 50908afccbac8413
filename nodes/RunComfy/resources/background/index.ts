/** Background: the background of a photo, by Ideogram V3 Replace Background. */
import { purchaseOptionFields, variantsField } from '../../batch/buyingOptionFields';
import { buyingOptionFields, optionsField, simplifyField } from '../../batch/optionFields';
import type { ResourceEntry } from '../entries';
import { inputFields } from './fields';

const VALUE = 'background';

const shown = { show: { resource: [VALUE] } };
const shownFor = (operation: string) => ({ show: { resource: [VALUE], operation: [operation] } });

export const background: ResourceEntry = {
	name: 'Background',
	value: VALUE,
	description: 'The background of a photo',
	defaultOperation: 'replaceAndWait',
	operations: [
		{
			name: 'Check Inputs',
			value: 'checkInputs',
			action: 'Check background inputs',
			description: 'Check everything and estimate the cost; buys nothing',
			load: async () => await import('./checkInputs'),
		},
		{
			name: 'Replace and Wait',
			value: 'replaceAndWait',
			action: 'Replace background of image',
			description: 'Put a photo on a new background and give the finished picture',
			isPaid: true,
			load: async () => await import('./replaceAndWait'),
		},
		{
			name: 'Submit',
			value: 'submit',
			action: 'Submit background replacement',
			description: 'Hand in a photo and give its request ID at once, to fetch the picture later',
			isPaid: true,
			load: async () => await import('./submit'),
		},
	],
	fields: [
		...inputFields(shown),
		simplifyField(shownFor('replaceAndWait')),
		optionsField([...buyingOptionFields, ...purchaseOptionFields], shownFor('replaceAndWait')),
		optionsField(purchaseOptionFields, shownFor('submit')),
		optionsField([variantsField], shownFor('checkInputs')),
	],
};
