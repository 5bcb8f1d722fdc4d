// A small venue as text, for cases to load, to spoil and to change.
#pragma once

namespace plimsoll::fuzz {

struct named_text {
  const char* name;
  const char* csv;
};

inline constexpr const char* venue_tomls[] = {
    "name = \"fuzz\"\nquote = \"USDT\"\n",
    "name = \"fuzz\"\nquote = \"USDT\"\ncollateral = \"multi\"\n",
    "name = \"fuzz\"\nquote = \"USDT\"\n[market]\ndepth = 20000\npermanent = 0.3\n[liquidation]\nmode = \"fraction\"\n"
    "fraction = 0.4\n[fund.balance]\nUSDT = 500\n",
    "name = \"fuzz\"\nquote = \"USDT\"\n[staleness]\nmax_age = 5\n",
    "name = \"fuzz\"\nquote = \"USDT\"\n[import]\nround = \"half_even\"\nas_of_unit = \"ms\"\n",
    "name = \"\xff",
    "quote = 3",
    "",
};

inline constexpr named_text venue_tables[] = {
    {"assets", "asset,step,price,asset_weight,liability_weight\nBTC,0.00000001,,,\nETH,,3000,0.9,1.1\nUSDT,0.01,,,\n"},
    {"instruments",
     "instrument,kind,base,settle,contract_size,price_step,size_step,tier_table\n"
     "BTC-PERP,linear,BTC,USDT,1,0.5,0.001,majors\nETH-PERP,linear,ETH,USDT,1,0.1,0.01,majors\n"},
    {"tiers", "tier_table,floor,maintenance_rate,max_leverage\nmajors,0,0.005,100\nmajors,100000,0.01,50\n"},
    {"balances", "account,asset,amount\nann,USDT,9000.00\nbob,USDT,60000.00\ncat,USDT,500.00\ndan,USDT,100.00\n"},
    {"positions",
     "account,instrument,size,entry_price,isolated_margin\nann,BTC-PERP,2.000,70000,\nbob,BTC-PERP,-1.500,69000,\n"
     "cat,BTC-PERP,-0.500,65000,\ndan,ETH-PERP,1.00,3000,150\nbob,ETH-PERP,-1.00,3000,\n"},
    {"marks", "instrument,mark,as_of\nBTC-PERP,65000,2026-01-01T00:00:00Z\nETH-PERP,3000,2026-01-01T00:00:02Z\n"},
    {"units", "account,unit,balance\neve,isolated:BTC-PERP:long,12.50\n"},
    {"system", "account,asset,amount\nfund,USDT,250.00\n"},
    {"no_such", "a,b\n1,2\n"},
};
/// Those that a book needs.
inline constexpr unsigned needed_tables = 6;

inline constexpr const char* updates_csv =
    "kind,account,to,instrument,asset,size,price,amount,rate\n"
    "fill,ann,bob,BTC-PERP,,0.100,65000,,\ndeposit,ann,,,USDT,,,25.00,\nfunding,,,ETH-PERP,,,,,0.0001\n"
    "withdraw,bob,,,USDT,,,1.00,\ntransfer,bob,new,,USDT,,,3.00,\nsettle,,,BTC-PERP,,,64000,,\n";

inline constexpr const char* marks_csv =
    "instrument,mark,as_of\nBTC-PERP,64000.5,\nETH-PERP,2999,2026-01-01T00:00:09Z\n";

inline constexpr const char* rulebook_tomls[] = {"",
                                                 "[adl]\nscore = \"pnl_leverage\"\n",
                                                 "[backstop]\nenabled = true\ncapacity = 3000\n",
                                                 "[socialise]\nenabled = false\n[market]\ndepth = 5000\n",
                                                 "[nothing]\n",
                                                 "\xfe"};

inline constexpr const char* names[] = {"ann",      "bob",      "cat",  "dan",    "eve",      "new",     "nobody",
                                        "",         "BTC-PERP", "USDT", "fund",   "ETH-PERP", "BTC",     " a",
                                        "\xff\xfe", "external", "fees", "x\x01y", "market",   "a,b\"c\n"};

}  // namespace plimsoll::fuzz
