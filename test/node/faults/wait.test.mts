import { testBriefly, testPhase } from '../../faults/playCells.mts';

testPhase('Replace and Wait', 'result');
testPhase('Replace and Wait', 'download');

// The same looks, where early results are refused, and a call of their kind: one fault of each way.
testBriefly('Replace and Wait', 'status');
testBriefly('Replace and Wait', 'cancel');

// The same at other URLs.
testBriefly('Run Deployment', 'status');
testBriefly('Run Deployment', 'cancel');
