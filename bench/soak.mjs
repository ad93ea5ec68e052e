/**
 * `node bench/soak.mjs [--minutes N] [--rate N]`: captures generated traffic on loopback with `siplens capture` and prints
 * its memory every half minute: SIP over UDP at `rate` messages a second, and ten new TLS connections a second.
 */
import { spawn } from 'node:child_process';
import { createSocket } from 'node:dgram';
import { once } from 'node:events';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import tls from 'node:tls';
import { parseArgs } from 'node:util';
import { message } from './lib/messages.mjs';
import { prepare, ROOT, WORK, WORKLOADS } from './lib/workloads.mjs';

const { values } = parseArgs({
  options: { minutes: { type: 'string', default: '10' }, rate: { type: 'string', default: '2000' } },
});
const rate = Number(values.rate);
const SIPLENS = process.env.SIPLENS ?? join(ROOT, 'bin', 'siplens.js');

// Makes the server's key and certificate.
await prepare(
  WORKLOADS.find(({ needsCredentials }) => needsCredentials),
  0.001,
);
const key = join(WORK, 'server.key');
const common = { minVersion: 'TLSv1.2', maxVersion: 'TLSv1.2', ciphers: 'AES128-SHA256' };
const server = tls.createServer(
  { key: readFileSync(key), cert: readFileSync(join(WORK, 'server.crt')), ...common },
  (socket) => {
    socket.on('error', () => {});
    socket.on('data', () => socket.end());
  },
);
server.listen(0, '127.0.0.1');
await once(server, 'listening');
const secure = server.address().port;
const socket = createSocket('udp4');
socket.bind(0, '127.0.0.1');
await once(socket, 'listening');
const { port } = socket.address();

const filter = `udp port ${port} or tcp port ${secure}`;
const child = spawn(process.execPath, [SIPLENS, 'capture', '-i', 'lo', '-f', filter, '-k', key], {
  stdio: ['ignore', 'ignore', 'pipe'],
});
child.stderr.on('data', (data) => process.stdout.write(data));
process.on('exit', () => child.kill('SIGINT'));
for (const signal of ['SIGINT', 'SIGTERM']) process.on(signal, () => process.exit(1));
await new Promise((resolve) => setTimeout(resolve, 2000));

let sent = 0;
let connections = 0;
const began = performance.now();
const timers = [
  setInterval(() => {
    const due = ((performance.now() - began) / 1000) * rate;
    while (sent < due) socket.send(message(sent++, 'UDP'), port, '127.0.0.1');
  }, 10),
  setInterval(() => {
    const number = connections++;
    const client = tls.connect(
      { host: '127.0.0.1', port: secure, rejectUnauthorized: false, ...common },
      () => {
        client.write(message(number * 6, 'TLS'));
      },
    );
    client.on('error', () => {});
    client.resume();
  }, 100),
  setInterval(() => child.kill('SIGUSR1'), 30_000),
];
await new Promise((resolve) => setTimeout(resolve, Number(values.minutes) * 60_000));
for (const timer of timers) clearInterval(timer);
await new Promise((resolve) => setTimeout(resolve, 1000));
child.kill('SIGUSR1');
child.kill('SIGINT');
const [code] = await once(child, 'close');
const line = `sent ${sent} messages over UDP and ${connections} TLS connections; siplens ended with ${code}\n`;
process.stdout.write(line);
writeFileSync(join(WORK, 'soak.txt'), line, { flag: 'a' });
socket.close();
server.close();
