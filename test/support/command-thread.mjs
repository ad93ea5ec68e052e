/**
 * A thread between a test, which waits without letting anything else run, and the process that runs the command: it hands
 * over what is asked and what is answered. It starts the process again where one has ended.
 */
import { fork } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { parentPort, workerData } from 'node:worker_threads';

const { answers, answered, cwd } = workerData;
const script = fileURLToPath(new URL('./command-server.mjs', import.meta.url));
let child;

function answer(result) {
  answers.postMessage(result);
  Atomics.add(answered, 0, 1);
  Atomics.notify(answered, 0);
}

function start() {
  // Pipes, as a test that starts the command itself gives it: it asks what its descriptors are.
  child = fork(script, [], {
    cwd,
    execArgv: [],
    stdio: ['pipe', 'pipe', 'pipe', 'ipc'],
    serialization: 'advanced',
  });
  let said = '';
  for (const stream of [child.stdout, child.stderr]) {
    stream.on('data', (text) => {
      said += text;
    });
  }
  child.on('message', answer);
  child.on('close', (code, signal) => {
    child = undefined;
    answer({ failure: `the process that runs the command ended (${signal ?? code}): ${said}` });
  });
}

parentPort.on('message', (request) => {
  if (child === undefined) start();
  child.send(request);
});
