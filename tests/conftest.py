pytest_plugins = [
    "lab.ca",
    "lab.chromium",
    "lab.postgres",
    "lab.databases",
    "lab.mailservers",
    "lab.commands",
    "lab.product",
    "lab.skips",
]
