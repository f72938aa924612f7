"""Options that refer to what is listed, in other words than `test_option_references` has, and letters that a
stem lists itself."""

from __future__ import annotations

import pytest

from examgen.bank.rules.option_references import refers_to_options
from tests.bank.test_option_references import OTHERS, found

AS_LISTED = (
    "ทำทั้งสามอย่างที่ว่ามา", "ใช้ทั้งสองวิธีที่ยกมา", "ทำทั้งหมดที่ว่ามาข้างต้น",
    "ปฏิบัติทั้งสามข้อที่กล่าวไว้", "ทุกอย่างที่ว่ามา", "ทั้งสามอย่างที่ว่า", "เลือกทำข้อใดก็ได้", "ข้อใดก็ได้",
    "ทำข้อไหนก็ได้", "เลือกข้อใดข้อหนึ่ง", "ตอบข้อใดก็ถูก", "ตัวเลือกใดก็ได้", "กขค ถูกหมด", "ก ข ค ถูกหมด",
    "กขค", "กขคง", "ขคง ถูก", "ถูกทั้ง กขค", "ABC are all correct", "ABD only", "นอกเหนือจากที่กล่าวมา",
    "อื่น ๆ นอกเหนือจากที่กล่าวมาข้างต้น", "นอกจากที่กล่าวมาแล้ว", "ต่างจากที่กล่าวมาทั้งหมด",
    "อื่น ๆ ที่ไม่ได้กล่าวมา", "Other than those listed above", "Something other than the above",
    "Apart from the above", "รวมทุกคำตอบเข้าด้วยกัน", "ใช้ทุกตัวเลือกร่วมกัน", "ทำทุกข้อพร้อมกัน",
    "Combine all the answers", "A combination of all the options", "All the choices together",
    "ก. หรือ ข. อย่างใดอย่างหนึ่ง", "ข้อ ก หรือ ข ข้อใดข้อหนึ่ง", "ก หรือ ค แล้วแต่สะดวก", "A or B, either one",
    "Options one and two together", "Option one plus a receipt", "Choices two and three combined",
    "Answers one and three, then rest", "Option two, but with gloves", "Do (a), then (c)", "Use A and C",
    "Do both A and B", "Take B, then A", "Perform (b) before (a)", "Combine A and C",
    "Whichever of the foregoing is quickest", "Whichever of the above is quickest",
    "Whichever of these options costs less", "The best of the above", "The cheapest of the foregoing",
    "Only one of the above", "ทั้ง choice แรกและ choice สุดท้าย", "ช้อยส์แรก", "option สุดท้าย แต่เพิ่มเกลือ",
    "choice ก กับ choice ค", "ช้อยส์ ข", "Two or more of the listed actions", "Any of the suggested steps",
    "All of the actions listed", "Both of the measures mentioned", "Several of the above actions",
    "Each of the given methods", "The action named just before this one",
    "The step listed right after this one", "The answer before this one", "The option after this",
    "The method given above this one", "ไม่อยู่ในตัวเลือก", "คำตอบไม่อยู่ในตัวเลือก", "ไม่ปรากฏในตัวเลือก",
    "ไม่มีคำตอบในตัวเลือก", "Not among the options", "Not in the choices", "Not one of the answers above",
)  # fmt: skip

COMPLETE_BESIDE = (
    "ทำทั้งสามอย่างที่หัวหน้าสั่ง", "ทำตามที่หัวหน้าว่ามา", "ทำทั้งสามขั้นตอนตามคู่มือ",
    "แจ้งทุกอย่างที่ลูกค้าว่ามา", "แก้สัญญาข้อใดก็ได้", "ผิดสัญญาข้อใดข้อหนึ่ง", "วางสิ่งใดก็ได้",
    "เลือกวันใดก็ได้", "กข 1234", "กขค 4567", "ทะเบียน กขค", "ABC fire extinguisher", "Use an ABC extinguisher",
    "ABC", "คงถูกต้อง", "นอกเหนือจากที่กล่าวไว้ในสัญญา", "นอกเหนือจากงานประจำ", "นอกจากที่ลูกค้ากล่าวมา",
    "ตอบทุกคำตอบของลูกค้า", "ตรวจทุกข้อต่อของท่อแก๊ส", "รวมทุกข้อร้องเรียนเข้าด้วยกัน", "Combine all the parts",
    "ซื้อหรือเช่าอย่างใดอย่างหนึ่ง", "ชาหรือกาแฟ แล้วแต่สะดวก", "The choice one makes", "One option",
    "Two options", "One answer is enough", "Use C", "Use A", "Take A", "Do it, then rest", "Use a and wait",
    "Use vitamins A and C", "Use grade A and B", "Whichever is quickest", "The best of the staff",
    "Whichever of the tools is near", "The cheapest of the bolts", "ใบแรก", "เลือก option เสริม", "Option สี",
    "optional", "Two or more of the bolts", "All of the listed prices", "Any of the suggested dates",
    "Pack all of the listed items", "The shift before this one", "The page after this",
    "The step before this one", "The room above this one", "ไม่อยู่ในห้อง", "ไม่มีในคลัง", "ไม่อยู่ในข้อบังคับ",
    "ไม่มีในคำตอบของลูกค้า", "Not in the shop", "Not one of the answers of the supplier",
    "Make sure none of the answers of the supplier is missing", "5 * 4 * 3", "2 * 3", "1 2 3",
)  # fmt: skip


@pytest.mark.parametrize("text", AS_LISTED)
def test_an_option_that_means_what_is_listed_is_an_error(text: str) -> None:
    assert found("all-or-none-of-the-above", options=[*OTHERS, text]) == ["options.d"]


@pytest.mark.parametrize("text", COMPLETE_BESIDE)
def test_an_option_of_like_words_is_none(text: str) -> None:
    assert not refers_to_options(text)


FACTS = ["I only", "II only", "I and II", "neither I nor II"]
THAI_FACTS = ["ก เท่านั้น", "ข เท่านั้น", "ถูกเฉพาะ ก", "ไม่ใช่ทั้ง ก และ ข"]


@pytest.mark.parametrize(
    ("stem", "options"),
    [
        ("Which is true?\n\nI. Copper rusts.\n\nII. Iron rusts.", FACTS),
        ("Statement I: Eggs keep. Statement II: Rice keeps. Which is true?", FACTS),
        ("พิจารณาข้อความ ก. ไข่เก็บได้หนึ่งเดือน ข. ข้าวเก็บได้หนึ่งวัน ข้อความใดถูก", THAI_FACTS),
        ("พิจารณาข้อความ\n\nก. ไข่เน่า\n\nข. ข้าวบูด\n\nค. น้ำใส\n\nข้อความใดถูก", ["กขค", "กข", "ถูกเฉพาะ ค", "ก เท่านั้น"]),
        ("Consider: (i) rust (ii) rot (iii) wear. Which harm wood?", ["i only", "ii only", "i and ii", "iii only"]),
    ],
)  # fmt: skip
def test_what_the_stem_lists_may_be_named_alone(stem: str, options: list[str]) -> None:
    assert found("all-or-none-of-the-above", stem=stem, options=options) == []


@pytest.mark.parametrize("text", ["I and II only", "ก เท่านั้น", "A only", "ถูกทุกข้อ"])
def test_what_no_list_of_the_stem_explains_is_an_error(text: str) -> None:
    stem = "เหตุใด ก. และ ข. จึงต่างกัน ควรทำสิ่งใด"
    assert found("all-or-none-of-the-above", stem=stem, options=[*OTHERS, text]) == ["options.d"]


@pytest.mark.parametrize(
    ("stem", "is_found"),
    [
        ("A and B are points on a line of tape. Where should the helper stand?", False),
        ("A, B and C are partners in a shop. How is the profit shared?", False),
        ("A and B are wrong. Which is right?", True), ("A and B are options of the list. Which is right?", True),
    ],
)  # fmt: skip
def test_a_stem_may_say_what_its_letters_are(stem: str, is_found: bool) -> None:
    assert found("option-by-letter", stem=stem) == (["stem"] if is_found else [])


@pytest.mark.parametrize(
    ("text", "is_found"),
    [
        ("ด้อยกว่า ค. เพราะเสียเวลา", True), ("ช้ากว่า ก มาก", True), ("ปลอดภัยกว่า B", True), ("ดีกว่า (ค) เพราะเร็ว", True),
        ("ระดับ ก สูงกว่า ข", False), ("เกรด ก ราคาแพงกว่าเกรด ข", False), ("หนักกว่า 2 ก.", False),
        ("ข้อแรกที่ควรคำนึงคือความปลอดภัยของลูกค้า", False), ("ข้อสุดท้ายที่ต้องตรวจคือไฟ", False), ("ข้อแรกผิด", True),
    ],
)  # fmt: skip
def test_a_rationale_that_compares_with_an_option_by_its_letter(text: str, is_found: bool) -> None:
    reasons = dict.fromkeys("abcd", "เพราะ") | {"b": text}
    assert found("option-by-letter", rationale=reasons) == (["rationale.b"] if is_found else [])


HOW = "How may frozen meat be thawed?", ["In the refrigerator", "Under cold water", "In the oven"]
WHY = "เครื่องปรับอากาศไม่เย็นเกิดจากสาเหตุใด", ["น้ำยารั่ว", "แผ่นกรองอุดตัน", "คอมเพรสเซอร์ไม่ทำงาน"]
IN_SHORT = [
    (*HOW, "Either method"),
    (*HOW, "The first method only"),
    (*HOW, "All three methods"),
    (*HOW, "Ways 1 and 3"),
    (*HOW, "Causes 1 and 2"),
    (*HOW, "1, 2 and 3 in that order"),
    (*HOW, "ABC"),
    (*HOW, "A→B→C"),
    (*HOW, "a+b"),
    (*HOW, "1,2"),
    (*HOW, "Do A and B at the same time"),
    (*HOW, "Do the above and inform the manager"),
    (*HOW, "Same, but in writing"),
    (*HOW, "The same as the previous one, with care"),
    (*HOW, "Both are necessary"),
    (*HOW, "Both of these must be done"),
    (*HOW, "Two of the three"),
    (*HOW, "All of it"),
    (*WHY, "วิธีที่ 1 เท่านั้น"),
    (*WHY, "ได้ทุกวิธี"),
    (*WHY, "วิธีแรก แต่เร็วกว่า"),
    (*WHY, "วิธีใดก็ได้"),
    (*WHY, "สาเหตุที่ 1 และ 2"),
    (*WHY, "ทุกสาเหตุรวมกัน"),
    (*WHY, "ต้องมีครบทั้งสามรายการ"),
    (*WHY, "ทำทั้งสามอย่างพร้อมกัน"),
    (*WHY, "ไม่ต้องใช้สักอย่าง"),
    (*WHY, "ก หรือ ข ก็ได้"),
    (*WHY, "ก→ข→ค"),
    (*WHY, "ก ข ค ตามลำดับ"),
    (*WHY, "เป็นได้ทั้งหมด"),
    (*WHY, "ไม่ต้องใช้เอกสารใดเลยในข้างต้น"),
    ("Which records are kept of a forklift?", ["Daily checks", "Repairs", "Yearly examination"], "All three records"),
    ("Which method is used to find a leak?", ["Soapy water", "A gas detector", "A lit match"], "Either method"),
    ("Which tools cut pipe?", ["A hacksaw", "A pipe cutter", "A rasp"], "Both tools"),
    ("Which document proves age?", ["A passport", "An identity card", "A ticket"], "Either document"),
    ("Why does bread not rise?", ["Old yeast", "Cold dough", "Too much air"], "Both reasons"),
    ("How is paint removed?", ["With a scraper", "With a solvent", "With water"], "The second way, but outdoors"),
    ("Which checks are made daily?", ["Oil", "Tyres", "Brakes"], "Any two of the three checks"),
    ("ข้อใดเป็นสาเหตุของอุบัติเหตุจากบันได", ["ขาบันไดชำรุด", "พื้นลื่น", "วางชันเกินไป"], "เกิดได้ทั้งสามกรณี"),
    ("ผู้ป่วยหมดสติไม่หายใจ ควรทำสิ่งใด", ["โทร 1669", "เริ่มกดหน้าอก", "รอญาติ"], "ทำ ก แล้วทำ ข ทันที"),
    ("ควรใช้เครื่องมือใดตัดท่อ", ["เลื่อย", "คัตเตอร์ตัดท่อ", "ตะไบ"], "ทั้งสองเครื่องมือ"),
    ("เหตุผลใดทำให้งานล่าช้า", ["ฝนตก", "ขาดวัสดุ", "คนน้อย"], "ทุกเหตุผล"),
    ("มาตรการใดลดฝุ่น", ["พรมน้ำ", "คลุมผ้าใบ", "เปิดพัดลม"], "มาตรการที่ 1 และ 2"),
    ("What is done first after a spill?", ["Stop the leak", "Warn people", "Leave"], "A then B without delay"),
    ("What is done first after a spill?", ["Stop the leak", "Warn people", "Leave"], "Carry out B, then A"),
    ("What keeps milk fresh?", ["Cold", "Clean jars", "Light"], "A/B"),
    ("ควรทำอย่างไรเมื่อไฟไหม้", ["แจ้งเหตุ", "หนี", "ซ่อน"], "ก. ตามด้วย ข."),
    *((*HOW, text) for text in ("A combination of the preceding ways", "Each one of them on its own", "Anything on this list", "It does not matter which", "The previous methods together", "The ones in A and C", "Those in A and C")),
    *((*WHY, text) for text in ("เว้นข้อ ๒ นอกนั้นใช้ได้", "ยกเว้นข้อ ๒", "อาจเกิดจากข้อใดข้อหนึ่ง", "ทุกสาเหตุที่ยกมา", "ก ค และ ง เกิดก่อน")),
    *(("Which valve stops a leak?", ["Gate valve", "Ball valve", "Plug"], text) for text in ("None of these valves", "Any of the listed valves", "All preceding valves", "Every one of the valves named", "Another one, not on this list")),
    *(("บันไดชำรุดลักษณะใดต้องงดใช้", ["ขั้นแตก", "ขาหลวม", "ราวงอ"], text) for text in ("เป็นได้ทุกลักษณะที่ระบุ", "ลักษณะใดลักษณะหนึ่งที่ว่ามา", "ไม่ใช่ลักษณะที่ยกมา", "เลือกข้อใดข้อหนึ่งก่อนก็ได้")),
]  # fmt: skip
COMPLETE_IN_ITEM = [
    ("Which employees must wear a helmet on the site?", ["All employees", "Only new employees", "Visitors", "Nobody"]),
    ("Which employees must wear a helmet on the site?", ["All employees", "Welders", "Visitors", "Drivers"]),
    ("Which hand holds the torch?", ["The right hand", "The left hand", "Both hands", "Neither hand"]),
    ("Which parent may sign the form?", ["The mother", "Either parent", "The guardian", "The teacher"]),
    ("Which party may end the contract?", ["The employer", "Both parties", "The employee", "The court"]),
    ("A committee has three members. How is a decision reached?", ["By two of the three", "By the chair alone", "By lot", "By the owner"]),
    ("Which type of fire extinguisher is filled with dry powder for most fires?", ["ABC", "Foam", "Water", "Gas"]),
    ("Two methods are tried. Which gives less waste?", ["The first method", "The second method", "Both methods", "Neither method"]),
    ("When may police be called?", ["In every case", "After a death", "After an injury", "Never"]),
    ("What does the cook do with the leftover oil?", ["Keep all of it", "Pour it away", "Burn it", "Sell it"]),
    ("How much of the oil is drained?", ["Half", "A third", "All of it", "A quarter"]),
    ("At which step is the torque checked?", ["The first step", "While painting", "After cleaning", "The last step"]),
    ("Which applicant gets the room?", ["The first applicant", "The tallest applicant", "The agent", "The owner"]),
    ("Which levels need a practical test?", ["Levels 1 and 2", "Level 3", "All levels", "No level"]),
    ("Which shelf holds the heavy goods?", ["Shelf 1", "The top shelf", "The middle shelf", "Any shelf"]),
    ("What share of the pay is withheld?", ["1/2", "3/4", "1/3", "1/5"]),
    ("What is a + b if a is 1?", ["a+b", "b", "2b", "1+b"]),
    ("Who may approve leave?", ["Any manager", "The guard", "A colleague", "A guest"]),
    ("When is the filter changed?", ["Every day", "Every month", "Every year", "Every case"]),
    ("Where is the sign hung?", ["Above the door", "On each side", "At both ends", "On the floor"]),
    ("What must a guard do at the gate?", ["Check every item in the bag", "Wave", "Sleep", "Leave"]),
    ("What does the guide do when guests are late?", ["Goes with some of the others", "Waits", "Calls", "Sings"]),
    ("ลูกจ้างคนใดต้องสวมหมวก", ["ทุกคน", "ช่างเชื่อม", "คนขับ", "ผู้มาเยือน"]),
    ("การตรวจรับสินค้าควรทำอย่างไร", ["ตรวจทุกรายการ", "สุ่มตรวจ", "ดูใบส่งของ", "ชั่งน้ำหนัก"]),
    ("การขออนุญาตใช้เมื่อใด", ["ทุกกรณี", "เมื่อหยุดงาน", "เมื่อป่วย", "เมื่อลาออก"]),
    ("ใครลงนามในสัญญา", ["ทั้งสองคน", "นายจ้าง", "ลูกจ้าง", "พยาน"]),
    ("ควรจับพวงมาลัยด้วยมือใด", ["มือซ้าย", "มือขวา", "ทั้งสองมือ", "มือเดียว"]),
    ("ต้องตรวจชิ้นงานกี่ชิ้น", ["ทุกชิ้น", "ห้าชิ้น", "สิบชิ้น", "ชิ้นเดียว"]),
    ("ตรวจถังดับเพลิงที่ชั้นใด", ["ชั้น 1", "ชั้นบน", "ชั้นใต้ดิน", "ทุกชั้น"]),
    ("ทำแบบฝึกหัดสองวิธี วิธีใดเร็วกว่า", ["วิธีแรก", "วิธีที่สอง", "เท่ากัน", "สรุปไม่ได้"]),
    ("ถ้าลูกค้าแพ้อาหารทะเล ควรทำอย่างไร", ["แจ้งครัวทุกครั้ง", "เปลี่ยนทุกเมนู", "ไม่รับจอง", "เฉยไว้"]),
    ("พนักงานควรแต่งกายแบบใด", ["แบบที่ 1 ของบริษัท", "ชุดสุภาพ", "ชุดกีฬา", "ชุดนอน"]),
    ("ใบอนุญาตใช้ได้ในจังหวัดใด", ["ทุกจังหวัด", "กรุงเทพ", "เชียงใหม่", "ภูเก็ต"]),
    ("สารใดเป็นกรด", ["น้ำส้มสายชู", "น้ำปูนใส", "น้ำสบู่", "เกลือทุกชนิด"]),
    ("ผู้ขับขี่ควรหยุดเมื่อใด", ["เห็นไฟแดง", "ทุกทางแยก", "เห็นคนข้าม", "ทั้งขาไปและขากลับ"]),
    ("ยาใดกินหลังอาหาร", ["ยา ก", "ยาลดกรด", "ยาแก้ไอ", "ยาแก้ปวด"]),
    ("Who decides on overtime?", ["Managers of shifts A and B", "The guard", "The cook", "The client"]),
    ("Where does the bus stop?", ["At gates 1 and 2", "At the pier", "At the school", "At the mill"]),
    ("Which gates are open at night?", ["Gates A and B", "The main gate", "The pier gate", "The back gate"]),
    ("What is true of steel?", ["It rusts in air", "It floats", "It can be used at once", "It melts in water"]),
    ("Which seats of the aircraft are next to the window?", ["A and F", "B and E", "C and D", "C only"]),
    ("ที่นั่งริมหน้าต่างคือแถวใด", ["A และ F", "B และ E", "C และ D", "เฉพาะ C"]),
    ("A train has cars A to F. Which cars stop at a short platform?", ["A and B", "The last car", "The dining car", "No car"]),
    ("How many of the three fuses may fail?", ["One of them", "Two of them", "All three of them", "None of them"]),
    ("Who must sign?", ["All of the parties", "None of the witnesses", "Those named in the deed", "Both of these people"]),
    ("What do the guests do?", ["All of them leave", "Two of them stay", "None of them move", "They sing"]),
    ("Which owner pays the tax?", ["The previous owner", "The present owner", "The next owner", "The agent"]),
    ("What does the guide do when a guest is left behind?", ["Goes back alone and informs the driver", "Waits until all of the guests complain", "Leaves with none of the others", "Calls the police first"]),
]  # fmt: skip


@pytest.mark.parametrize(("stem", "others", "text"), IN_SHORT)
def test_an_option_that_counts_the_others_is_an_error(stem: str, others: list[str], text: str) -> None:
    assert found("all-or-none-of-the-above", stem=stem, options=[*others, text]) == ["options.d"]


@pytest.mark.parametrize(("stem", "options"), COMPLETE_IN_ITEM)
def test_an_option_that_counts_things_of_the_world_is_none(stem: str, options: list[str]) -> None:
    assert found("all-or-none-of-the-above", stem=stem, options=options) == []
