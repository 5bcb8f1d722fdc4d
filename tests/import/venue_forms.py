"""Answers of Bybit's and OKX's V5 APIs in their documented form, with figures of one's own. Tests of presets and of ccxt use them."""

TIME = 1735689603649


def bybit_answer(category, rows):
    """The wrapper of lists in the V5 API."""
    return {"retCode": 0, "retMsg": "OK", "result": {"category": category, "list": rows, "nextPageCursor": ""}, "retExtInfo": {}, "time": TIME}


def bybit_market(symbol, contract, base, quote, settle, tick, lot):
    """A row of instruments-info."""
    return {"symbol": symbol, "contractType": contract, "status": "Trading", "baseCoin": base, "quoteCoin": quote, "settleCoin": settle,
            "launchTime": "1584230400000", "deliveryTime": "0", "priceScale": "2",
            "leverageFilter": {"minLeverage": "1", "maxLeverage": "100.00", "leverageStep": "0.01"},
            "priceFilter": {"minPrice": tick, "maxPrice": "1999999.80", "tickSize": tick},
            "lotSizeFilter": {"maxOrderQty": "1190.000", "minOrderQty": lot, "qtyStep": lot, "minNotionalValue": "5"}}


def bybit_position(symbol, side, size, price, index=0, mode=0, balance="0", session="", initial="0"):
    """A row of position/list."""
    return {"positionIdx": index, "riskId": 1, "riskLimitValue": "2000000", "symbol": symbol, "side": side, "size": size, "avgPrice": price,
            "tradeMode": mode, "positionStatus": "Normal", "autoAddMargin": 0, "leverage": "10", "positionBalance": balance, "positionIM": initial,
            "positionMM": "0", "sessionAvgPrice": session, "unrealisedPnl": "7", "adlRankIndicator": 2, "updatedTime": "1697673600012"}


def bybit_wallet(kind, **coins):
    """Answer of wallet-balance."""
    rows = [{"coin": coin, "walletBalance": amount, "equity": "1", "unrealisedPnl": "7", "totalPositionIM": "0", "usdValue": "1"}
            for coin, amount in coins.items()]
    return {"retCode": 0, "retMsg": "OK", "result": {"list": [{"accountType": kind, "totalEquity": "1", "coin": rows}]}, "time": TIME}


def okx_answer(rows):
    """The wrapper of lists in the V5 API."""
    return {"code": "0", "msg": "", "data": rows}


def okx_market(name, kind, contract, value, value_of, settle, tick, lot, family, multiplier="1"):
    """A row of public/instruments."""
    return {"instType": kind, "instId": name, "ctType": contract, "ctVal": value, "ctMult": multiplier, "ctValCcy": value_of, "settleCcy": settle,
            "tickSz": tick, "lotSz": lot, "minSz": lot, "uly": family, "instFamily": family, "baseCcy": "", "quoteCcy": "", "lever": "100",
            "state": "live", "expTime": "", "listTime": "1606468572000"}


def okx_position(name, kind, mode, side, size, price, margin="", upl="0"):
    """A row of account/positions."""
    return {"instType": kind, "instId": name, "mgnMode": mode, "posSide": side, "pos": size, "avgPx": price, "margin": margin, "upl": upl,
            "ccy": "USDT", "lever": "10", "markPx": "1", "adl": "1", "cTime": str(TIME), "uTime": str(TIME)}
