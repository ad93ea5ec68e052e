import { describe, expect, it } from 'vitest';
import { ROOT } from '../support/root.js';
import { KEY, stage } from './stage.js';

const SAMPLE = `${ROOT}samples/smime-signed.pcap`;
const SECRET = 'the-captured-secret';

/** A fault of siplens in the interactive view: shown as one, without a word of the input, and the view goes on. */
describe('a fault', () => {
  it('while a message is shown stands where its tree would be, however often it is drawn', async () => {
    const view = await stage([SAMPLE]);
    view.session.events.eventOf = () => {
      throw new RangeError(SECRET);
    };
    await view.type(KEY.enter, KEY.down, 'z', 'z');
    // The message was built before the fault: another look at it, as after a key was added.
    view.shell.session.onSwap({ before: view.session.store, after: view.session.store } as never);
    for (const key of ['j', 'k', KEY.tab, 'l']) {
      await view.type(key);
      const text = view.screen().replace(/\s+/g, ' ');
      expect(text).toContain('internal error (RangeError) while this message was shown');
      expect(text).not.toContain('not there any more');
      expect(text).not.toContain(SECRET);
    }
    view.close();
  });

  it('while a view is drawn leaves the keys working', async () => {
    const view = await stage([SAMPLE]);
    const { findings } = view.session.store;
    const at = findings.at.bind(findings);
    findings.at = () => {
      throw new TypeError(SECRET);
    };
    await view.type('4');
    const text = view.screen().replace(/\s+/g, ' ');
    expect(text).toContain('internal error (TypeError) while this was drawn');
    expect(text).not.toContain(SECRET);
    findings.at = at;
    await view.type('1');
    expect(view.screen()).toContain('MESSAGE');
    view.close();
  });

  it('at a key is a notice', async () => {
    const view = await stage([SAMPLE]);
    view.session.setFilter = () => {
      throw new TypeError(SECRET);
    };
    await view.type('F');
    expect(view.screen()).toContain('internal error (TypeError) at this key');
    expect(view.screen()).not.toContain(SECRET);
    view.close();
  });

  it('of a file that has changed is told as that', async () => {
    const view = await stage([SAMPLE]);
    view.session.events.eventOf = () => undefined;
    view.shell.session.onSwap({ before: view.session.store, after: view.session.store } as never);
    await view.type('j');
    expect(view.screen().replace(/\s+/g, ' ')).toContain('are no message any more: the file has changed');
    view.session.events.bytesOf = () => undefined;
    view.shell.session.onSwap({ before: view.session.store, after: view.session.store } as never);
    await view.type('j');
    expect(view.screen().replace(/\s+/g, ' ')).toContain('are not there any more');
    view.close();
  });
});
