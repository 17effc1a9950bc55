/** The fault language as data: kinds of rules, what a rule can match, and profiles. */
import { type Static, Type } from 'typebox';
import { nullable, text } from './shapes.ts';

export const SettingDescription = Type.Object({
  name: Type.String(),
  description: Type.String(),
  takes: Type.Unsafe<'flag' | 'text' | 'number' | 'list' | 'json'>({
    type: 'string',
    enum: ['flag', 'text', 'number', 'list', 'json'],
    description: 'its form as text; a flag is present or absent',
  }),
  expects: text('what it takes, in words'),
  examples: Type.Array(Type.Unknown()),
  default: Type.Optional(Type.Unknown()),
  isRequired: Type.Boolean(),
});
export type SettingDescription = Static<typeof SettingDescription>;

export const KindDescription = Type.Object({
  name: text('such as loss'),
  summary: Type.String(),
  needs: nullable(Type.String({ description: 'another kind that must be on the same links' })),
  settings: Type.Array(SettingDescription),
  main: nullable(Type.String({ description: "the setting that a flag with the kind's name sets" })),
});
export type KindDescription = Static<typeof KindDescription>;

export const ProfileDescription = Type.Object({
  name: text('such as satellite'),
  summary: Type.String(),
  source: text('where the figures come from'),
  rules: Type.Array(
    Type.Object({ kind: Type.String(), settings: Type.Record(Type.String(), Type.Unknown()) }),
  ),
});
export type ProfileDescription = Static<typeof ProfileDescription>;

export const Faults = Type.Object({
  kinds: Type.Array(KindDescription, { description: 'in the order in which they act' }),
  match: Type.Array(SettingDescription, { description: 'match settings that every rule accepts' }),
  profiles: Type.Array(ProfileDescription, { description: 'named networks' }),
});
export type Faults = Static<typeof Faults>;
