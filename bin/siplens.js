#!/usr/bin/env node
// By itself node opens its debugger at this signal, which asks siplens for a status line; taken before all else loads.
process.on('SIGUSR1', () => {});

const { main } = await import('../dist/cli/main.js');
await main(process.argv.slice(2));
