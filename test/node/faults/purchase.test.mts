import { testBriefly, testDiagonal, testPhase } from '../../faults/playCells.mts';

testPhase('Replace and Wait', 'submit');
testPhase('Run and Wait', 'model');

// A deployment's answers have codes of their own.
testDiagonal('Run Deployment', 'submit');

// What other operations buy is decided in the same place as for Replace and Wait: one fault of each way.
testBriefly('Background, Submit', 'submit');
testBriefly('Run and Wait', 'submit');
testBriefly('Run Deployment', 'result');
