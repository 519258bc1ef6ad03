/**
 * The names of November 2026, and the proof that nothing but names has changed. Chance in the simulation is drawn by
 * labels, and some of them quote what was renamed: documents (named by the hash of their scripts), a parameter, texts.
 * With each draw made under its old name, the story is the one of commit 1a44556, figure for figure:
 *
 *     NODE_OPTIONS="--import $PWD/docs/decisions/renamed.mjs" npm start -- --all --seed 1
 *     cmp out/story.json <out/story.json of that commit>
 *
 * It holds for the commit that added it: from then on stories may change.
 */
import { Hash } from 'node:crypto';

/** New and old, as labels quote them. */
const RENAMED = [
  ['Holdback-inspect-a6f50872b343', 'Holdback-inspect-1368eb133c1d'],
  ['Holdback-install-8031ab6876f1', 'Holdback-install-aba2ff720cbd'],
  ['Holdback-maintenance-ffa0488ffcdb', 'Holdback-maintenance-a465743236fa'],
  ['Holdback-relay-inspect-864cb020742d', 'Holdback-relay-inspect-ad486a2831d8'],
  ['Holdback-relay-maintenance-7783898a1c7e', 'Holdback-relay-maintenance-4f08a55bf74e'],
  ['Holdback-relay-restart-ipsec-6d60ae7d42c8', 'Holdback-relay-remedy-bd084c2b1348'],
  ['Holdback-relay-setup-c6aa83519931', 'Holdback-relay-setup-1e9088482cf9'],
  ['Holdback-restart-ipsec-4dd3a78acd0a', 'Holdback-remedy-faeb80d56fed'],
  ['"Observation\\":[', '"Look\\":['],
  ['Holdback observes fw-', 'Holdback looks at fw-'],
];

const { update } = Hash.prototype;

/** Takes each draw of chance (a seed and its labels, as JSON) under its old name. */
Hash.prototype.update = function updateAsBefore(data, ...more) {
  const isDraw = typeof data === 'string' && /^\[\d+,"/.test(data);
  const before = isDraw
    ? RENAMED.reduce((text, [now, then]) => text.replaceAll(now, then), data)
    : data;
  return update.call(this, before, ...more);
};
