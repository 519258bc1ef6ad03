/** Functions that jsonata brings along (jsonata 2.0.6, staticFrame), as far as they may be used here. */
export const BUILT_IN = new Set(
  `sum count max min average string substring substringBefore substringAfter lowercase uppercase
  length trim pad match contains replace split join formatNumber formatBase formatInteger
  parseInteger number floor ceil round abs sqrt power boolean not map zip filter single reduce sift
  keys lookup append exists spread merge reverse each error assert type sort distinct base64encode
  base64decode encodeUrlComponent encodeUrl decodeUrlComponent decodeUrl toMillis fromMillis
  clone`.split(/\s+/),
);

const REAL = 'it draws from the real clock or real randomness, so this interpreter does not run it';
const ADDED = 'Step Functions adds it to JSONata, this interpreter does not';

/** Functions that are refused at load, and why (Step Functions guide, "Transforming data with JSONata"). */
export const REFUSED: Readonly<Record<string, string>> = {
  eval: 'Step Functions does not support it',
  shuffle: REAL,
  now: REAL,
  millis: REAL,
  random: REAL,
  uuid: ADDED,
  parse: ADDED,
  hash: ADDED,
  partition: ADDED,
  range: ADDED,
};

/** What expressions find in the place of each refused function: nothing. */
export const NOTHING: Readonly<Record<string, undefined>> = Object.fromEntries(
  Object.keys(REFUSED).map((name) => [name, undefined]),
);
