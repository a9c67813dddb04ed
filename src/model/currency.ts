/**
 * ISO 4217 as data: code to the number of decimals of its minor unit.
 * Source: ISO 4217 list one (active) and list three (withdrawn), maintained by SIX.
 */
const TWO_DECIMALS =
  'AED AFN ALL AMD AOA ARS AUD AWG AZN BAM BBD BDT BMD BND BOB BOV BRL BSD BTN BWP BYN BZD CAD CDF ' +
  'CHE CHF CHW CNY COP COU CRC CUP CVE CZK DKK DOP DZD EGP ERN ETB EUR FJD FKP GBP GEL GHS GIP ' +
  'GMD GTQ GYD HKD HNL HTG HUF IDR ILS INR IRR JMD KES KGS KHR KPW KYD KZT LAK LBP LKR LRD LSL ' +
  'MAD MDL MGA MKD MMK MNT MOP MRU MUR MVR MWK MXN MXV MYR MZN NAD NGN NIO NOK NPR NZD PAB PEN ' +
  'PGK PHP PKR PLN QAR RON RSD RUB SAR SBD SCR SDG SEK SGD SHP SLE SOS SRD SSP STN SVC SYP SZL ' +
  'THB TJS TMT TOP TRY TTD TWD TZS UAH USD USN UYU UZS VED VES WST XAD XCD XCG YER ZAR ZMW ZWG';
const NO_DECIMALS = 'BIF CLP DJF GNF ISK JPY KMF KRW PYG RWF UGX UYI VND VUV XAF XOF XPF';
const THREE_DECIMALS = 'BHD IQD JOD KWD LYD OMR TND';
const FOUR_DECIMALS = 'CLF UYW';

const MINOR_UNITS: ReadonlyMap<string, number> = new Map(
  (
    [
      [NO_DECIMALS, 0],
      [TWO_DECIMALS, 2],
      [THREE_DECIMALS, 3],
      [FOUR_DECIMALS, 4],
    ] as const
  ).flatMap(([codes, decimals]) =>
    codes.split(' ').map((code): [string, number] => [code, decimals]),
  ),
);

/** Metals, funds and test codes, for which ISO 4217 states no minor unit: no amounts in them. */
const WITHOUT_MINOR_UNIT: ReadonlySet<string> = new Set(
  'XAG XAU XBA XBB XBC XBD XDR XPD XPT XSU XTS XUA XXX'.split(' '),
);

/** Codes that once were money and no longer are: a log that uses one is wrong or very old. */
const WITHDRAWN: ReadonlySet<string> = new Set(
  (
    'ADP AFA ALK ANG AOK AON AOR ARA ARP ATS AYM AZM BAD BEC BEF BEL BGL BGN BOP BRB BRC BRE BRN BRR BUK ' +
    'BYB BYR CHC CSD CSK CUC CYP DDM DEM ECS ECV EEK ESA ESB ESP FIM FRF GEK GHC GHP GNE GQE GRD GWE ' +
    'GWP HRD HRK IEP ISJ ITL KRO LTL LTT LUC LUF LUL LVL LVR MGF MLF MRO MTL MTP MXP MZE MZM NIC NLG ' +
    'PEH PEI PES PLZ PTE ROK ROL RUR SDD SDP SIT SKK SLL SRG STD SUR TJR TMM TPE TRL UAK UGS USS UYP ' +
    'VEB VEF VNC XEU YDD YUD YUM YUN ZAL ZMK ZRN ZRZ ZWC ZWD ZWL ZWN ZWR'
  ).split(' '),
);

/** How many decimals the minor unit of an active ISO 4217 code has; undefined for any other code. */
export function minorUnitDecimals(code: string): number | undefined {
  return MINOR_UNITS.get(code);
}

export function isWithdrawnCurrency(code: string): boolean {
  return WITHDRAWN.has(code);
}

/** Why a code is no money to count in minor units, as the end of a sentence; undefined if it is. */
export function currencyFault(code: string): string | undefined {
  if (MINOR_UNITS.has(code)) return undefined;
  if (WITHDRAWN.has(code)) return 'was withdrawn from ISO 4217';
  if (WITHOUT_MINOR_UNIT.has(code)) return 'has no minor unit in ISO 4217';
  return 'is no ISO 4217 code';
}

export function currencyCodes(): string[] {
  return [...MINOR_UNITS.keys()];
}
