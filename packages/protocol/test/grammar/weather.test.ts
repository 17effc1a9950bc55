import { expect, test } from 'vitest';
import { formatWeather, parseWeather } from '../../src/grammar/weather.ts';
import { refusal } from './helpers.ts';

test.each([
  ['perfect', 'perfect'],
  ['frozen', 'frozen'],
  ['ntp', 'ntp 5ms every 16s'],
  ['ntp 2ms', 'ntp 2ms every 16s'],
  [' ntp  500us   every 1m ', 'ntp 500µs every 1m'],
  ['ntp every 4s', 'ntp 5ms every 4s'],
  ['drifting', 'drifting 100ppm'],
  ['drifting 50ppm', 'drifting 50ppm'],
  ['drifting 0.1%', 'drifting 1000ppm'],
  ['jumping', 'jumping 3s every 20s'],
  ['jumping 500ms every 5s', 'jumping 500ms every 5s'],
  ['leap', 'leap in 10s'],
  ['leap in 0s', 'leap in 0ms'],
  ['leap smeared', 'leap smeared over 1d in 10s'],
  ['leap smeared over 20s in 1h', 'leap smeared over 20s in 1h'],
])('%j is %j, and is read back as that', (text, full) => {
  const weather = parseWeather(text);
  expect(formatWeather(weather)).toBe(full);
  expect(parseWeather(full)).toEqual(weather);
});

test.each([
  ['', /expected a weather: perfect, ntp, /],
  ['sunny', /expected a weather: .*, got "sunny"/],
  ['perfect 5ms', /expected the end, not "5ms"/],
  ['ntp 5', /expected a unit/],
  ['ntp 0ms', /an error of 1µs to 10s/],
  ['ntp 5ms every', /a duration after every/],
  ['ntp 5ms every 1ms', /every 1s to 1d/],
  ['drifting 0ppm', /a drift above 0ppm/],
  ['drifting 80%', /at most 50%/],
  ['drifting fast', /expected a drift/],
  ['jumping 3s at once', /expected the end, not "at"/],
  ['leap smeared over 1s', /over 2s to 30d/],
  ['leap over 20s', /expected the end, not "over"/],
])('%j is refused with what would be right', (text, message) => {
  expect(refusal(() => parseWeather(text)).message).toMatch(message);
});
