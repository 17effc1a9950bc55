/**
 * Kinds of rules as data, for the command line's flags and help, the API's list and the reference. All of
 * it is derived from the kinds' schemas.
 */
import {
  type Faults,
  type KindDescription,
  RuleSpec,
  type SettingDescription,
} from '@faultline/protocol';
import { wanted } from '@faultline/protocol/fit';
import type { TObject, TSchema } from 'typebox';
import { profiles } from './profiles.ts';
import { ruleKinds } from './rules/registry.ts';

/** All faults of links. */
export function describeFaults(): Faults {
  return {
    kinds: describeKinds(),
    match: describeMatch(),
    profiles: [...profiles.values()].map(({ rules, ...profile }) => ({
      ...profile,
      rules: rules.map(({ kind, settings }) => ({ kind, settings: { ...settings } })),
    })),
  };
}

/** In the order in which they act. */
export function describeKinds(): KindDescription[] {
  return [...ruleKinds.values()]
    .sort((a, b) => a.stage - b.stage)
    .map(({ name, summary, needs, settings }) => {
      const described = describeSettings(settings);
      const [first] = described;
      // A flag with only the kind's name must not stand for one of its switches.
      const main =
        described.find(({ isRequired }) => isRequired) ??
        (first?.takes === 'flag' ? undefined : first);
      return { name, summary, needs: needs ?? null, settings: described, main: main?.name ?? null };
    });
}

/** What a rule may match, and its lifetime: the same for all kinds. */
export function describeMatch(): SettingDescription[] {
  const { kind: _kind, links: _links, settings: _settings, ...match } = RuleSpec.properties;
  return describeSettings({ ...RuleSpec, properties: match } as unknown as TObject);
}

function describeSettings(schema: TObject): SettingDescription[] {
  return Object.entries(schema.properties as Record<string, TSchema>).map(([name, property]) => {
    const { description = '', examples = [] } = property as {
      description?: string;
      examples?: unknown[];
    };
    return {
      name,
      description,
      takes: takes(property),
      expects: wanted(property),
      examples,
      ...('default' in property ? { default: property.default } : {}),
      isRequired: schema.required?.includes(name) ?? false,
    };
  });
}

function takes(schema: TSchema): SettingDescription['takes'] {
  const { anyOf = [schema] } = schema as { anyOf?: readonly TSchema[] };
  const types = new Set(anyOf.map((one) => (one as { type?: string }).type));
  if (types.has('string')) return 'text';
  if (types.has('number') || types.has('integer')) return 'number';
  if (types.has('array')) return 'list';
  return types.has('boolean') ? 'flag' : 'json';
}
