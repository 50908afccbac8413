/** What other operations buy is decided in the same place as for Replace and Wait: each fault once. */
import { testDiagonal } from '../../faults/playCells.mts';

testDiagonal('Background, Submit', 'submit');
testDiagonal('Run and Wait', 'submit');
testDiagonal('Model, Submit', 'submit');
testDiagonal('Run Deployment', 'submit');
testDiagonal('Run Deployment', 'result');
