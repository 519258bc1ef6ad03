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
