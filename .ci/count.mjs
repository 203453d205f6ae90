// Prints "passed failed skipped" from a Jest result file; a suite that could not run counts as one failure.
import { readFileSync } from 'node:fs';

const result = JSON.parse(readFileSync(process.argv[2], 'utf8'));
const broken = result.testResults.filter(
  (suite) => suite.status === 'failed' && suite.assertionResults.length === 0,
);
const failed = result.numFailedTests + broken.length;
// Nothing ran, or Jest was stopped half way: that is a failure, not an empty success.
const none = result.numTotalTests === 0 || result.wasInterrupted ? 1 : 0;
console.log(result.numPassedTests, failed + none, result.numPendingTests + result.numTodoTests);
