"""edit-in-libreoffice.py IN.xlsx OUT.xlsx SHEET CELL=TEXT …: types texts into cells with LibreOffice.

Made `edited-in-libreoffice.xlsx`; run with the system's Python (packages libreoffice-calc, python3-uno):

    examgen bank export ASM-REE-5-059ZB f.xlsx --workspace tests/data/bank
    python3 edit-in-libreoffice.py f.xlsx edited-in-libreoffice.xlsx "ข้อสอบ Items" \\
        "F4=โจทย์ที่แก้ใน LibreOffice: ข้อใดวัดผลได้ # จริง" "L6=ข" "R9==1:30"
"""

from __future__ import annotations

import subprocess
import sys
import tempfile
import time
from pathlib import Path

import uno
from com.sun.star.beans import PropertyValue
from com.sun.star.connection import NoConnectException

PIPE = "uno:pipe,name=examgen;urp;StarOffice.ComponentContext"


def option(name, value):
    made = PropertyValue()
    made.Name, made.Value = name, value
    return made


def connect():
    context = uno.getComponentContext()
    resolver = context.ServiceManager.createInstanceWithContext("com.sun.star.bridge.UnoUrlResolver", context)
    for _ in range(120):
        try:
            return resolver.resolve(PIPE)
        except NoConnectException:
            time.sleep(0.5)
    raise SystemExit("LibreOffice does not answer")


def edit(remote, source, target, sheet, edits):
    make = remote.ServiceManager.createInstanceWithContext
    desktop = make("com.sun.star.frame.Desktop", remote)
    document = desktop.loadComponentFromURL(Path(source).resolve().as_uri(), "_blank", 0, ())
    document.CurrentController.setActiveSheet(document.Sheets.getByName(sheet))
    frame, dispatcher = document.CurrentController.Frame, make("com.sun.star.frame.DispatchHelper", remote)
    for one in edits:
        cell, _, text = one.partition("=")
        dispatcher.executeDispatch(frame, ".uno:GoToCell", "", 0, (option("ToPoint", cell),))
        dispatcher.executeDispatch(frame, ".uno:EnterString", "", 0, (option("StringName", text),))
    document.storeToURL(Path(target).resolve().as_uri(), (option("FilterName", "Calc MS Excel 2007 XML"),))
    document.close(True)
    desktop.terminate()


def main():
    source, target, sheet, *edits = sys.argv[1:]
    with tempfile.TemporaryDirectory() as profile:
        command = ["soffice", "--headless", "--norestore", "--nologo", "--accept=pipe,name=examgen;urp;"]
        office = subprocess.Popen([*command, f"-env:UserInstallation={Path(profile).as_uri()}"])
        try:
            edit(connect(), source, target, sheet, edits)
            office.wait(60)
        finally:
            office.kill()


if __name__ == "__main__":
    main()
