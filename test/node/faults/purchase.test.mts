import { testDiagonal, testPhase } from '../../faults/playCells.mts';

testPhase('Replace and Wait', 'submit');
testPhase('Run and Wait', 'model');

// What other operations buy is decided in the same place as for Replace and Wait: each fault once.
testDiagonal('Background, Submit', 'submit');
testDiagonal('Run and Wait', 'submit');
testDiagonal('Model, Submit', 'submit');
testDiagonal('Run Deployment', 'submit');
testDiagonal('Run Deployment', 'result');
