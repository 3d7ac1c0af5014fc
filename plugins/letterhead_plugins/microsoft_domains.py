"""Which domains and mail exchangers are of Outlook.com, and which of Microsoft 365."""

CONSUMER_EXCHANGERS = ("olc.protection.outlook.com", "mx.hotmail.com")
BUSINESS_EXCHANGERS = ("mail.protection.outlook.com", "mx.microsoft")
COUNTRIES = {
    "hotmail": "be ca cl co.id co.il co.in co.jp co.kr co.th co.uk co.za com com.ar com.au com.br com.hk "
    "com.tr com.tw com.vn cz de dk es fi fr gr hu it lt lv my nl no ph rs se sg sk",
    "live": "at be ca cl cn co.jp co.kr co.uk co.za com com.ar com.au com.mx com.my com.ph com.pt com.sg de "
    "dk fi fr hk ie in it jp nl no ru se",
    "outlook": "at be cl co.id co.il co.th com com.ar com.au com.br com.gr com.tr com.vn cz de dk es fr hu "
    "ie in it jp kr lv my ph pt sa sg sk",
}
CONSUMER_DOMAINS = (
    *(f"{name}.{ending}" for name, endings in COUNTRIES.items() for ending in endings.split()),
    "livemail.tw",
    "msn.com",
    "windowslive.com",
)
