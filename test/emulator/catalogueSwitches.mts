import type { CatalogueSize } from './catalogue/catalogue.mts';
import type { Telling } from './catalogue/tellModel.mts';
import type { SwitchBoard } from './switchBoard.mts';

/** What is in the catalogue, by the switches. */
export function sizeBy(switches: SwitchBoard): CatalogueSize {
	return {
		generated: switches.take('generatedModels'),
		hostile: switches.take('hostileModels'),
		test: switches.take('testModels'),
	};
}

/** How its entries are told, by the switches. */
export function tellingBy(switches: SwitchBoard): Telling {
	return { schemaForm: switches.take('schemaForm'), price: switches.take('priceTold') };
}
