import type { Severity } from '../../../model/finding.js';
import type { ConnectionRule } from '../../rule.js';
import { frameText } from '../../tls/chain-rules.js';

type Weakness = {
  readonly pattern: RegExp;
  readonly why: string;
  readonly chosen: Severity;
  readonly offered: Severity;
};

/** By the names of the registry, the worst first. */
const WEAKNESSES: readonly Weakness[] = [
  { pattern: /_NULL_(?!WITH_)|_NULL$/, why: 'does not encrypt', chosen: 'error', offered: 'warning' },
  { pattern: /_anon_/i, why: 'authenticates nobody', chosen: 'error', offered: 'warning' },
  {
    pattern: /_EXPORT|_DES40_|_DES_CBC_40/,
    why: 'has keys of 40 or 56 bits',
    chosen: 'error',
    offered: 'warning',
  },
  { pattern: /_WITH_DES_/, why: 'has keys of 56 bits (single DES)', chosen: 'error', offered: 'warning' },
  { pattern: /_RC4_/, why: 'uses RC4, which RFC 7465 forbids', chosen: 'error', offered: 'warning' },
  { pattern: /_RC2_/, why: 'uses RC2', chosen: 'error', offered: 'warning' },
  { pattern: /_3DES_/, why: 'uses Triple DES, whose blocks are short', chosen: 'warning', offered: 'info' },
];

export const tlsWeakSuite: ConnectionRule = {
  on: 'connection',
  id: 'tls/weak-suite',
  severity: 'error',
  reference: 'RFC 9325 §4.1',
  title: 'cipher suite is weak',
  explanation:
    'A cipher suite that does not encrypt, authenticates nobody, or can be broken was chosen, or offered so that a ' +
    'server could choose it: suites with NULL, anonymous key exchange, EXPORT, RC4 and single DES must not be ' +
    'negotiated. Triple DES is told milder, as RFC 3261 §26.2.1 asks servers to support it for older clients.',
  check({ connection }, report) {
    const { cipherSuite, cipherSuitesOffered, clientHelloFrame, serverHelloFrame } = connection;
    const chosen = cipherSuite === undefined ? undefined : weaknessOf(cipherSuite.name);
    if (cipherSuite !== undefined && chosen !== undefined) {
      report(
        `the chosen suite ${cipherSuite.name} ${chosen.why}`,
        frameText(serverHelloFrame),
        chosen.chosen,
      );
    }
    for (const weakness of WEAKNESSES) {
      const names = cipherSuitesOffered
        .filter(({ id, name }) => id !== cipherSuite?.id && weaknessOf(name) === weakness)
        .map(({ name }) => name);
      if (names.length === 0) continue;
      const verb = names.length === 1 ? 'a suite' : 'suites';
      report(
        `the client offers ${verb} that ${weakness.why.replace(/^(does not|has|uses|authenticates)/, plural(names.length))}: ${names.join(', ')}`,
        frameText(clientHelloFrame),
        weakness.offered,
      );
    }
  },
};

function weaknessOf(name: string): Weakness | undefined {
  return WEAKNESSES.find(({ pattern }) => pattern.test(name));
}

const PLURALS: Readonly<Record<string, string>> = {
  'does not': 'do not',
  has: 'have',
  uses: 'use',
  authenticates: 'authenticate',
};

function plural(count: number): (verb: string) => string {
  return (verb) => (count === 1 ? verb : (PLURALS[verb] ?? verb));
}
