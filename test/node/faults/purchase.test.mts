import { testBriefly, testDiagonal, testPhase } from '../../faults/playCells.mts';

testPhase('Replace and Wait', 'submit');

// A deployment's answers have codes of their own.
testDiagonal('Run Deployment', 'submit');

// What other operations buy, and reads of the catalogue, are decided in the same place: one fault of each way.
testBriefly('Run and Wait', 'model');
testBriefly('Background, Submit', 'submit');
testBriefly('Run and Wait', 'submit');
testBriefly('Run Deployment', 'result');
