"""The words and patterns, Thai and English, that rules search for in items. Contains no text for users.

This is the only module of the rules that contains Thai.
"""

from __future__ import annotations

import re

# ── clues ────────────────────────────────────────────────────────────────────────────────────

ABSOLUTE = re.compile(
    r"(?<!สม่ำ)เสมอ(?!ภาค|กัน|ตัว|ต้น|ด้วย)|เท่านั้น|ทุกกรณี|เด็ดขาด|โดยไม่มีข้อยกเว้น|ไม่มีวัน|ไม่เคย"
    r"|(?:ต้อง|ย่อม|ล้วน|เป็นของ).*ทั้งหมด$"
    r"|\b(?:always|never|nobody|nothing|completely|absolutely|invariably|entirely|without exception|in (?:all|every) cases?"
    r"|under (?:no|all) circumstances)\b|^(?:only|all|none|no one)\b",
    re.I,
)
MARKERS = ("เพราะ", "เพื่อ", "ความ", "โดย", "การ")
NO_MARKER = re.compile(r"การ์|การเงิน|โดยสาร")
PARTICLES = tuple(word + mark for word in ("ครับ", "ค่ะ", "คะ", "จ้ะ", "นะ") for mark in ("", *"”\"’'"))
GENERIC = frozenset(
    re.findall(
        r"\S+",
        "ควร ต้อง ทำ งาน ข้อ ข้อใด เหมาะสม ถูกต้อง ที่สุด วิธี อย่างไร ก่อน แล้ว ผู้ "
        "คน แห่ง ขั้น ขั้นตอน เหตุ สาเหตุ เครื่อง อุปกรณ์ ระบบ",
    )
)
NOUN_PREFIX = re.compile("^(?:การ|ความ|ผู้)(?=[ก-ฮเ-ไ])")
THAI_CLAUSE = re.compile(r"\s+(?=[ก-๙“])")
ASKING = re.compile(r"ใด|ไหน|อะไร|ใคร|อย่างไร|กี่|เท่าไร|\?")
HOW_MANY = "กี่"
COUNTED = re.compile(r"กี่(?!ยว)\s?(\S+)")
COUNTED_IN_ENGLISH = re.compile(r"\bhow many (\w+)", re.I)
"""The noun whose number an English question asks for. `COUNTED` is the same for Thai."""
FIGURES = re.compile(r"[\d๐-๙.,–-]+")

# ── options ──────────────────────────────────────────────────────────────────────────────────

NUMBER = re.compile(r"[-−]?[0-9๐-๙][0-9๐-๙,]*(?:\.[0-9๐-๙]+)?")
AMOUNT = re.compile(rf"(\D{{0,24}}?)({NUMBER.pattern})\s?(%|°C?|[ก-๎]+\.?|[A-Za-z]+)(?=[\s,;]|$)")
"""A number with its unit and up to 24 characters before it."""
NUMBER_WORDS = {
    word: n
    for n, words in enumerate(
        re.findall(
            r"\S+ \S+",
            "zero ศูนย์ one หนึ่ง two สอง three สาม four สี่ five ห้า six หก seven เจ็ด eight แปด nine เก้า ten สิบ",
        )
    )
    for word in words.split()
}
_THAI_DIGIT_WORD = "(?:หนึ่ง|เอ็ด|สอง|สาม|สี่|ห้า|หก|เจ็ด|แปด|เก้า)"
THAI_NUMERAL = re.compile(
    rf"(?:(?:{_THAI_DIGIT_WORD}(?:พัน|ร้อย))*(?:ยี่|{_THAI_DIGIT_WORD})?สิบ{_THAI_DIGIT_WORD}?|(?:{_THAI_DIGIT_WORD}(?:พัน|ร้อย))+|{_THAI_DIGIT_WORD})"
)
_UNITS_OF_BASES = (
    ("m", "1000 km กม กิโลเมตร,1 m metres meters ม เมตร,0.01 cm ซม เซนติเมตร,0.001 mm มม มิลลิเมตร"),
    ("g", "1000 kg กก กิโลกรัม,1 g grams ก กรัม,0.001 mg มก มิลลิกรัม"),
    ("l", "1 l L litres liters ล ลิตร,0.001 ml mL มล มิลลิลิตร"),
    (
        "s",
        "3600 h hr hrs hours hour ชม ชั่วโมง,60 min mins minutes minute นาที,1 s sec secs seconds second วินาที",
    ),
    ("%", "1 % percent เปอร์เซ็นต์"),
)
UNITS: dict[str, tuple[str, float]] = {
    name: (base, float(written.split()[0]))
    for base, names in _UNITS_OF_BASES
    for written in names.split(",")
    for name in written.split()[1:]
}
"""The units that can be converted by a factor: for each its base unit and the factor."""
RANGE = re.compile(r"#\s*(?:-|–|—|ถึง|to)\s*#")
JOINED_AFTER = re.compile(
    r"\s*(?:และ|หรือ|พร้อม|แล้ว|รวมทั้ง|รวมถึง|ตลอดจน|โดย|,|;|\+|(?:and|or|plus|with|then)\b)"
)
JOINED_BEFORE = re.compile(r"(?:และ|หรือ|แล้ว|,|\b(?:and|or|plus|then))\s*$")
TIME_OF_DAY = re.compile(r"\d\s*(?:น\.|a\.?m|p\.?m)", re.I)

# ── references to options ────────────────────────────────────────────────────────────────────

_THAI_LABEL = r"[ก-ฉ](?![ก-๙])"
_POINT = r"ข้อ(?!ต่อ|ร้อง|ตกลง|กล่าวหา|บังคับ|กำหนด|เสนอ|ห้าม|มูล|หา|อ้าง|เท้า|มือ|เข่า)"
_THAI_NUMBER = r"(?:[2-6๒-๖]|สอง|สาม|สี่|ห้า)"
_NUMBER_WORD = r"(?:one|two|three|four|five)"
_NOUN = r"(?:options?|answers?|choices?|alternatives?|responses?|distractors?)"
_SPOKEN = r"(?:ช้อย(?:ส์|ซ์|ส)?|ชอยส์?|choice|option)"
"""An English word for an option, as used in Thai text."""

# The text before a letter, the letters, and the text after them show whether options are meant.
_LABEL = (
    r"(?:[(\[“\"'‘](?:[A-Fa-f]|[ก-ฉ])[)\]”\"'’]|(?<![\w.+#-])(?-i:[A-F])(?![\w+#'’]|-[A-Za-z]{2}|\.\w)"
    r"|(?<![A-Za-z])[ก-ฉ](?![ก-๙]))"
)
_BETWEEN_LABELS = r"[).\]]?\s?(?:,|/|&|\+|[-–—]|\b(?:and|or|nor|to|through)\b|และ|กับ|หรือ|ถึง|(?<=[ก-ฉ]))\s?(?:and |or |และ|ข้อ|option )?\s?"
_GROUP = rf"{_LABEL}(?:{_BETWEEN_LABELS}{_LABEL}){{0,5}}[)\]”\"'’]?"
_WRONG_OR_RIGHT = r"(?:wrong|right|correct|incorrect|true|false|better|best|worse|safer|unsafe|cheaper|incomplete|too|not|more|less|out)\b(?! of\b)"
_AUXILIARY = (
    r"(?:is|are|was|were|be|has|have|had|does|do|did|can(?:not)?|could|may|might|must|shall|should|will|would|never|alone"
    r"|(?:is|are|was|were|has|have|does|do|did|ca|could|wo|would|should)n['’]t)"
)
_VERBS = (
    r"(?:add|allow|appl(?:y|ie)|assume|belong|break|burn|cause|come|concern|confuse|contain|contradict|cost|cover|damage|delay|describe|differ|exceed"
    r"|exclude|fail|fit|follow|forget|give|go(?:e)?|happen|harm|ignore|include|lack|leak|leave|list|look|make|mean|meet|melt|miss(?:e)?|mi(?:x|xe)|name|need"
    r"|omit|overlook|refer|repeat|require|result|reverse|risk|rust|say|seem|show|skip|solve|sound|speak|start|state|stop|take|treat|use|violate|waste|work)"
)
_PREDICATE = rf"(?:{_AUXILIARY}|{_VERBS}(?:s|d|ed))\b"
_OPENS_CLAUSE = (
    r"(?:^|(?:[.;:!?–—]|(?<![A-F]),)\s*|(?<![A-F] )\b(?:because|since|so|as|but|and|or|while|whereas|although|though|if|suppose|when|that|then|hence|thus|therefore|only"
    r"|both|either|neither|why|how|what)\s)"
)
_POINTS = (
    r"(?:\b(?:after|see|same|like|unlike|similar|identical|equal|opposite|different|differs?|compared?|contrast|contrary|refer(?:s|red)?|cf\.?"
    r"|explained|described|discussed|mentioned|(?:as|given|stated|shown)(?= (?:in|with|for|under)\b)|than|vs\.?|versus|instead|rather|contradicts?|repeats?|choose|pick"
    r"|select|mark|tick|not|only|both|neither|either|without|plus|except|everything|whatever|what|letters?|correct|right|best|key|just|ans(?:wer)?s?"
    r"|rules? out|eliminates?)(?: (?:answer|option|choice|one))?[:=,.]?"
    r"(?: (?:the|its|this|that|explanations?|reasons?|rationale|notes?|feedback|remarks?|in|to|as|from|with|of|under|at|for|by|is|was|also|on|both)\b|\s?[:=])*\s"
    r"|(?:เหมือน(?:กับ|กัน)?|เดียวกันกับ|เดียวกับ|ต่างจาก|ตรงข้ามกับ|คล้าย(?:กับ)?|ดู(?:ที่|ใน)?|คำอธิบาย(?:ของ)?|เหตุผล(?:ของ)?|ตาม|เทียบกับ|เฉลย|ตอบ|(?<!ทาง)(?<!ตัว)เลือก|(?:คำตอบ|เฉลย|ถูก(?:ต้อง)?)(?:คือ|ได้แก่)"
    r"|อธิบาย(?:ไว้)?(?:ใน|ที่)|ทั้ง|เฉพาะ|ยกเว้น|นอกจาก|ไม่ใช่|ระหว่าง|เพราะ|แต่|ส่วน|(?<!ก)ว่า|เหตุใด|ทำไม|ถ้า|หาก|ไม่มี)(?:\s?ข้อ\s?|\s|(?=[(\[“\"'‘])))"
)
_THAI_VERDICT = r"(?:(?:จึง|เป็น)?(?:ผิด|ไม่ถูก|ไม่ใช่|ไม่ครบ|ครบ|ช้า|เร็ว|ดี|ปลอดภัย|อันตราย)|(?:จึง|เป็น)?ถูก(?=ต้อง|ที่สุด|กว่า|แล้ว|เพราะ|\s|[.,;]|$)|เป็นคำตอบ|เป็นข้อที่)"
_NOT_OF_TEXT = r"(?!\s?(?:ของ|แห่ง|ใน|ตาม|วรรค|แก่|ให้|จาก|กำหนด|ระบุ|บัญญัติ))"
"""Does not match if the Thai “ข้อ” before it is a clause of a contract or a rule."""
_NOT_OF_LAW = (
    r"(?!\s?(?:ของ|แห่ง|ใน|ตาม|วรรค|แก่|ให้|จาก|กำหนด|ระบุ|บัญญัติ|ห้าม|ว่า|เรื่อง|และ|กับ|ถึง|บังคับ|อนุญาต|วงเล็บ))"
)
_SURE_NOUN = r"(?:option|choice|alternative|distractor)"
_VERB_FORM = rf"[a-z]+(?:ed|s)\b(?! {_AUXILIARY}\b)"
_ENDS_NOUN = rf"(?=\s*(?:$|[^\w\s])| (?:{_PREDICATE}|{_VERBS}|{_WRONG_OR_RIGHT}|the (?:best|right|correct|only)|and|or|but|nor|because|since|as|so|if|when|while|which|that|than|with|plus|for|only|first|instead|then|through|given|listed|alone|costs?|out|aside)\b)"
"""Matches only if the noun before it does not continue as a longer name (`option 2 contract`)."""
LETTER_OF_OPTION = re.compile(
    rf"(?:(?:ข้อ(?:ความ|ย่อย)?|ตัวเลือก|คำตอบ|ตัวลวง|ช้อย(?:ส์|ซ์|ส)?|ชอยส์?)(?:ที่|ข้อ)?(?!ง)\s?(?P<thai>{_GROUP})(?!\s?(?:ของ|แห่ง|วรรค|ตาม|ใน))"
    rf"|\b(?:{_NOUN}|statements?|opt\.) (?:letter )?(?P<latin>(?:{_GROUP}|(?<= )[a-f]\b)){_ENDS_NOUN}"
    rf"|(?:ตัวเลือก|คำตอบ)(?:ที่|ข้อ(?:ที่)?)?\s?(?P<digit>[1-6๑-๖])(?![\d๐-๙.,:])"
    rf"|(?:ข้อ)(?:ที่)?\s?(?P<clause>[1-6๑-๖])\s?{_THAI_VERDICT}"
    rf"|\b(?:{_NOUN} (?:no\. ?|number )?(?P<number>[1-6])\b(?![.,:]?\d){_ENDS_NOUN}|(?<!the ){_SURE_NOUN}s? (?P<worded>[1-6]|two|three|four|five|(?-i:[A-F]))\b(?![.,:]?\d)(?:{_ENDS_NOUN}|(?= {_VERB_FORM})))"
    rf"|^(?:(?:ยก)?เว้น(?:แต่)?|นอก(?:เหนือ)?จาก)\s?ข้อ(?:ที่)?\s?(?P<excepted>[1-6๑-๖])(?![\d๐-๙.,:]){_NOT_OF_TEXT}"
    rf"|^(?:number |no\. ?|#)(?P<named>[1-6])(?=\.?$| (?:is|was) (?:what|the (?:one|answer|key)|it)\b)"
    rf"|(?:\b(?:numbers?|no\.|item) |#)(?P<counted>[1-6]|(?-i:[A-F])) (?:is|are|was|were) {_WRONG_OR_RIGHT}"
    rf"|^(?P<counts>[1-6]) (?:is|are) (?:wrong|right|correct|incorrect)\b(?! of\b)|^(?P<alone>{_LABEL}{_BETWEEN_LABELS}{_LABEL}),|^(?P<why>{_GROUP}),? (?:because|since)\b"
    rf"|\b(?:answer|key|ans|correct|option)s?\s?(?:[:=.]|is)\s?(?P<key>[a-f1-6])(?=\s*(?:\.?$|because\b))"
    rf"|(?:เฉลย|ตอบ|(?:คำตอบ|เฉลย)คือ)\s?:?\s?(?:ข้อ(?:ที่)?\s?)?(?P<numbered>[1-6๑-๖])(?=\s*(?:\.?$|เพราะ))"
    rf"|{_POINTS}(?P<pointed>{_GROUP})(?!\s?(?:language|degrees?)\b)"
    rf"|\bdo(?:ing)? (?P<done>{_GROUP})(?=[.,?!]|$)"
    rf"|{_OPENS_CLAUSE}(?P<subject>{_GROUP})[.:]?\s{_PREDICATE}"
    rf"|\b(?:is|are|was|were|does|do|did|would|could|can|makes?) (?P<asked>{_GROUP}) (?:{_WRONG_OR_RIGHT}|be\b|both\b|fit|fail)"
    rf"|(?:^|(?:ผิด|ถูก|และ|แต่|,)\s?)(?P<verdict>{_GROUP})[.):]?\s?{_THAI_VERDICT})",
    re.I,
)
"""A reference to an option by its letter or number: after a noun or a word that points to it, or before a
statement about it.
"""
LEADING_NUMBER = re.compile(rf"^ข้อ(?:ที่)?\s?(?P<opening>[1-6๑-๖])\s(?!\s?ถูก(?:ยก|แก้))(?=[ก-๙]){_NOT_OF_LAW}")
"""A Thai “ข้อ” with a number at the beginning of a rationale, which also the rules and tables of an item have."""
NUMBERS_ITS_TEXT = re.compile(r"ข้อ(?:ที่)?\s?[0-9๐-๙]|ระเบียบ|ประกาศ|กฎ|สัญญา|พ\.ร\.")
LEADING_LETTER = re.compile(
    rf"^(?:(?P<latin>{_LABEL})(?:[.):]| [-–—])\s|(?P<bracketed>[(\[]\w[)\]])\s(?!.*\([b-f]\))|(?P<thai>{_LABEL})(?<=[ก-ฉ)])[.):]*\s(?=[ก-๙]{{2}}))"
    rf"|^(?:(?!(?<![ก-๙A-Za-z])[ก-ฉA-F](?![ก-๙A-Za-z])).)*?กว่า\s?(?P<compared>{_GROUP})(?=[\s.,)]|$)"
)
"""A letter at the beginning of a rationale, before a statement about its option, or the first letter after
“than” in Thai.
"""
_AT_PLACE = r"(?:แรก|สุดท้าย|ข้างบน|ด้านบน|ข้างล่าง|ด้านล่าง|บน(?!ของ)|ล่าง|ก่อนหน้า(?:นี้)?|ผ่านมา|ถัดไป|ที่เหลือ|ข้างต้น)"
_NOT_COUNTED = "(?<!สอง)(?<!สาม)(?<!สี่)(?<!ห้า)(?<!หก)(?<![0-9๐-๙])(?<![0-9๐-๙] )"
"""Before a Thai “ข้อ”: does not match if a number precedes it, because it then usually means points of a
list.
"""
_NOT_A_NUMBER_OF = "(?!ฝ่าย|คน|ด้าน|ทาง|ราย|ห้อง|หน่วย|กลุ่ม|แห่ง|ชุด|ครั้ง|วัน|บริษัท)"
"""After a Thai number: does not match if the number counts parties, persons or things
(`ข้อที่สองฝ่ายเห็นตรงกัน`).
"""
_PLACES = r"(?:first|second|third|fourth|fifth|last|previous|preceding|foregoing|next|top|bottom|middle|upper|lower|above)"
OPTION_BY_PLACE = re.compile(
    rf"(?:ตัวเลือก|(?<!แก้)คำตอบ|(?:คำตอบ|เฉลย|ตัวเลือก)(?:ที่ถูก)?(?:อยู่|คือ|ใน|ที่)*(?:บรรทัด|แถว|ลำดับ)|{_SPOKEN}\s?|(?<!คำถาม)(?<!บังคับ)(?<!สัญญา)(?<!ระเบียบ){_NOT_COUNTED}{_POINT})(?:ที่)?"
    rf"(?:{_AT_PLACE}|(?:ที่|(?<=ที่))(?:หนึ่ง|สอง|สาม|สี่|ห้า){_NOT_A_NUMBER_OF}){_NOT_OF_TEXT}(?!\s?ที่(?:ควร|ต้อง|พึง|จำเป็น|สำคัญ|น่า))"
    rf"|(?:^|\s)(?:อัน|ตัว)(?:ที่)?(?:แรก|สุดท้าย|บน|ล่าง|สอง|สาม)\s?(?:{_THAI_VERDICT}|เป็น(?:เพียง|แค่)|ใช้(?:เฉพาะ|กับ)|$)|(?:คือ|ตอบ)ข้อ(?:หนึ่ง|สอง|สาม|สี่|ห้า)(?=$|[\s.,]|เพราะ)"
    rf"|ตัวเลือกที่(?:หนึ่ง|สอง|สาม|สี่|ห้า){_NOT_A_NUMBER_OF}(?!\s?(?:ของ|แห่ง))"
    rf"|{_THAI_NUMBER}ข้อ(?:แรก|หลัง|สุดท้าย|บน|ล่าง)\s?(?:{_THAI_VERDICT}|แล้ว|$)"
    rf"|(?:ดู|เหมือน(?:กับ)?|เดียวกับ|ตาม|ตรงข้ามกับ)(?:ข้าง|ด้าน)(?:บน|ล่าง|ต้น)(?=$|[\s.,])|(?:ถูก|ผิด)(?:ต้อง)?ทุกข้อ|ไม่มีข้อ(?:ใด|ไหน)ถูก"
    rf"|(?<!his )(?<!her )(?<!their )(?<!['’]s )(?<!as the )\b{_PLACES} (?:(?:two|three|four|and|or|{_PLACES}) )*{_NOUN}\b{_ENDS_NOUN}"
    rf"|\b{_PLACES} (?:(?:and|or) {_PLACES} |ones? |two |three )?(?:is|are|was|were) (?:{_WRONG_OR_RIGHT}|(?:only|just|merely|meant) for\b)"
    rf"|\b(?:ones?|{_NOUN}) (?:(?:listed|named|given|shown|printed) (?:first|second|third|fourth|fifth|last)|(?:at|on|in) the (?:top|bottom|middle|end))\b(?! of\b)"
    rf"|\bthe (?:upper|lower|top|bottom) (?:two|three)(?=$|[?.,;]| (?:or|and|only|together)\b)"
    rf"|\b{_SURE_NOUN} (?:before|after) this\b|\bones? (?:above|below|before$)\b|\b(?:same as|like|as|than) the {_PLACES}(?: one)?(?=$|\?)"
    r"|\b(?:see|same as|as|like|compare)(?: (?:stated|explained|described|mentioned|said|noted|in the))* (?:above|below)(?=$|[.,;:])|^ditto\b"
    rf"|\b{_NOUN} (?:(?:listed|given|mentioned|stated|described|shown) )?(?:above|below)\b|\b(?:all|none|both|neither|any) of the above\b(?!-\w)",
    re.I,
)
"""A reference in a stem or rationale to an option by its position, or to the options as a whole."""
_GIVEN_IN = r"(?:คำตอบ|ผล|ข้อมูล|สถานการณ์|โจทย์|คำถาม|ค่า|ภาพ|รูป|กราฟ|ตาราง|แผนภูมิ|ที่ได้|คุณ|ท่าน|ใน|ของ|จาก|\s)"
_EARLIER = r"(?:previous|preceding|last|earlier|prior|foregoing)"
_RESULT = r"(?:answers?|results?|figures?|values?|numbers?|sums?)"
OTHER_QUESTION = re.compile(
    rf"(?:จาก|ตาม|ใน|ต่อ|ของ|ใช้|กับ){_GIVEN_IN}{{0,6}}(?:ข้อ|คำตอบ)(?:ที่)?(?:แล้ว|ก่อน(?:หน้า)?(?:นี้)?|ผ่านมา)"
    rf"|(?:(?:จาก|ตาม|ใน|ใช้){_GIVEN_IN}{{1,6}}|ต่อ(?:เนื่อง)?(?:มา)?จาก\s?)ข้อ(?:ที่)?\s?[0-9๐-๙]+(?!\s?(?:ของ|แห่ง|วรรค))"
    r"|(?:คำถาม|โจทย์)(?:ข้อ)?(?:ที่(?:แล้ว|ผ่านมา)|ก่อน(?:หน้า|นี้)+|ถัดไป)"
    rf"|\b(?:in|of|to|from|on|see|as|using|under|by|with) (?:your |the |that ){{0,2}}(?:{_EARLIER} (?:question|problem)|(?:question|problem|(?<=in the )item) (?:above|before))\b(?! (?:of|from|by|that)\b)"
    rf"|\b(?:{_RESULT} (?:from|of|in|to) the {_EARLIER} item|your {_EARLIER} {_RESULT}|(?:using|from|with) the {_EARLIER} {_RESULT}|{_RESULT} (?:that )?(?:you|we) (?:have )?[a-z]+(?:ed|nd|ot) (?:before|earlier|above|previously))\b"
    r"|\b(?:in|of|to|from|on|see|as|using|under|by|with) (?:question|problem|exercise)(?: no\.?)? \d{1,3}\b(?! of\b)",
    re.I,
)
"""A reference to another question of the paper by its number or position."""
NUMBER_OF_PLACE = {
    word: n
    for n, words in enumerate(
        ("first one หนึ่ง แรก", "second two สอง", "third three สาม", "fourth four สี่", "fifth five ห้า"), 1
    )
    for word in words.split()
}
"""The position that each word matched by `PLACE_OF_OPTION` means."""
LAST = ("last", "สุดท้าย")
PLACE_OF_OPTION = re.compile(
    rf"\b(?:the )?(?P<place>first|second|third|fourth|fifth|last)(?= (?:{_NOUN}|one|statement)\b| (?:is|was) (?:right|correct|what|the (?:one|answer|key))\b)"
    rf"|(?<!the )\b{_NOUN} (?P<counted>one|two|three|four|five)\b"
    r"|(?:ข้อ|ตัวเลือก|คำตอบ)(?:ที่)?(?P<thai>แรก|หนึ่ง|สอง|สาม|สี่|ห้า|สุดท้าย)",
    re.I,
)
NOUN_OF_OPTION = re.compile(r"(?:ข้อ|ตัวเลือก|คำตอบ)(?:ที่)?\s(?!คือ|ที่|ถูก|ผิด)|^(?:number |no\. ?|#)(?=\D)", re.I)
LETTER_ALONE = re.compile(
    rf"^[\s(\[]*(?:(?:so|hence|thus|therefore)\b,? )?(?P<letter>(?-i:[A-H])|{_THAI_LABEL})[\s)\].]*(?:it is\W*)?$",
    re.I | re.M,
)
"""A line of an explanation that consists of a letter only."""
THIS_OPTION = re.compile(
    r"\b(?:this|that)(?: one| option| answer| choice)?(?= (?:is|was)\b)|(?:(?<=ตอบ)|(?<=เลือก))(?:ข้อ|อัน)นี้|(?:ข้อ|คำตอบ|ตัวเลือก|อัน)นี้(?=คือ|ถูก|ผิด|เป็นคำตอบ|ไม่ถูก|ไม่ใช่)",
    re.I,
)
"""Words for the option that an explanation is about."""
_LISTED = r"(?:listed|suggested|named|given|mentioned|proposed|shown)"
_DOES = r"(?:(?:do|use|try|take|apply|follow|keep|choose|perform|combine|needs?|must|should|can|may|be|have|with|by|in|of|for|from|through|only|just|not) )*"
_COUNTS = r"(?:two|three|four|five|[2-5])"
_STATE = r"(?:on (?:its|their) own|together|combined|only|alone|at once|at the same time|in turn|in (?:that|this|any) order|first|equally|is|are|apply|applies|work|works|can|may|must|be|done|used|needed|required|possible|allowed|correct|right)"
_THAI_DOES = r"(?:ทำ|ใช้|เกิด(?:ขึ้น)?|เป็น(?:ไป)?|ได้|ต้อง|มี|ครบ|ควร|ปฏิบัติ|ตาม|เลือก|จาก|ด้วย|โดย|ไม่|ถูก(?:ต้อง)?|นำ|เตรียม|รวม|จำเป็น|เพียง|เฉพาะ|แค่|อาจ|สามารถ|ให้|\s)*"
_THAI_STATE = r"(?:\s?(?:เท่านั้น|รวม|ร่วม|พร้อม|สลับ|ต่อเนื่อง|เข้า|ด้วย|กัน|ก็|ได้|ทันที|ตามลำดับ|เลย|นี้|ไป|แล้ว|ถูก(?:ต้อง)?|ใช้|ๆ))*(?:\s?(?:แต่|โดย|ยกเว้น|พร้อม|และ).*)?"
LISTED_BY_NOUN = re.compile(
    rf"^{_DOES}(?:(?P<part>(?:any |at least )?{_NUMBER_WORD}(?: or more)?(?= of)|more than one(?= of))|(?P<every>all|(?:every|any|each)(?: one)?|no|none|some|most|several|(?:a|any) (?:combination|mix(?:ture)?|number) of|(?:what(?:ever)?|any|every|no)(?:thing)?(?: is)? (?:on|in|from))|(?P<pair>both|n?either))?\b(?: of)?(?: ?(?:the|this)\b)?(?: ?(?P<these>these|those|them|previous|preceding|foregoing|above|{_LISTED}))? ?(?P<count>{_COUNTS}\b)? ?(?P<noun>[a-z]*?)(?:e?s)?(?: (?P<these2>{_LISTED}|above|(?:on|in) this list)(?: above| here)?)?(?:,? {_STATE})*(?:,? (?:but|except|without|with|plus|then)\b.*)?$"
    rf"|^{_DOES}(?:the )?(?P<place>first|second|third|fourth|last)(?: {_COUNTS})? (?P<noun2>[a-z]+?)(?:e?s)?(?:,? {_STATE})*(?:,? (?:but|except|without|with|plus|then)\b.*)?$"
    rf"|^{_DOES}(?:the )?(?P<noun3>[a-z]+?)s? (?P<numbers>[1-5](?:,? ?(?:and|or|to|then|[,&/+–-]) ?[1-5])*)(?:,? {_STATE})*$"
    rf"|^{_THAI_DOES}(?:(?P<every2>ทุก|สัก|หลาย)|ทั้ง\s?(?P<pair2>คู่|{_THAI_NUMBER})\s?)(?P<noun4>[ก-๙]{{2,12}}?)(?P<these3>ที่(?:ให้|เสนอ|ระบุ|แสดง)(?:มา|ไว้|ให้)?)?{_THAI_STATE}$"
    rf"|^{_THAI_DOES}(?P<noun5>[ก-๙]{{2,12}}?)(?:(?P<every3>ใด|ไหน)(?:[ก-๙]{{2,6}}หนึ่ง)?ก็(?:ได้|ถูก)|(?:ที่)?(?P<place2>แรก|สุดท้าย|หนึ่ง|สอง|สาม|สี่)|(?:ที่)?\s?(?P<numbers2>[1-5๑-๕](?:\s?(?:และ|หรือ|กับ|ถึง|แล้ว|[,/+–-])\s?(?:ที่)?[1-5๑-๕])*)){_THAI_STATE}$",
    re.I,
)
"""An option that counts what the options are: `all three methods`, `the first method only`, `causes 1 and 2`."""
GENERAL_NOUNS = frozenset(
    re.findall(
        r"\S+",
        "it method way cause reason action measure factor item option choice list วิธี วิธีการ สาเหตุ เหตุผล ปัจจัย มาตรการ แนวทาง ข้อ อย่าง รายการ ประการ สิ่ง อัน แบบ",
    )
)
"""Nouns for what options usually are."""
NOUNS_OF_ORDER = frozenset(
    re.findall(
        r"\S+",
        "case thing step procedure condition idea point กรณี ขั้นตอน เรื่อง เหตุ ฉบับ ชนิด ชิ้น",
    )
)
"""Nouns that count options only in number, or where the stem asks for them."""
ASKS_FOR = (
    r"\b(?:which|what)(?: (?:is|are|was|were) the)?(?: [\w-]+)?? NOUN(?:e?s|e)?\b|NOUN(?:ใด|ไหน|อะไร|บ้าง)"
)
"""A question for a noun."""
CLASSIFIERS = {"ฉบับ": r"(?:เอกสาร|หนังสือ|แบบฟอร์ม|สำเนา)", "ชิ้น": r"(?:อุปกรณ์|เครื่องมือ)"}
"""Words that count what a noun of the stem names."""
NOUN_IN_TEXT = r"\bNOUN|NOUN(?<=[ก-๙])"
WORDS_OF_QUESTIONS = frozenset(["ข้อ", "อย่าง", "สิ่ง", "อัน", "แบบ"])
"""Nouns that stems contain in any case, as in `ข้อใด`."""
NATURAL_PAIRS = re.compile(
    r"^(?:part(?:y|i)|parent|side|hand|end|eye|ear|leg|arm|knee|spouse|partner|person|driver|shift|team|direction|sex|gender)$"
    r"|^(?:ฝ่าย|ข้าง|ด้าน|มือ|คน|ราย|ทาง|เท้า|ตา|หู|ขา|แขน|ปลาย|ท่าน|บริษัท)$",
    re.I,
)
"""Nouns of what there are two of in any case, or of persons."""
COUNTED_IN_STEM = re.compile(rf"\b(?:{_COUNTS}|both|pair|how m(?:any|uch))\b|{_THAI_NUMBER}|กี่", re.I)
COUNTS_THEM = re.compile(r"\bhow many of\b", re.I)
ASKS_AMOUNT = re.compile(
    r"\bhow (?:many|much)\b|\bwhich of the (?!two\b|following\b|above\b|options\b|answers\b)\w+|\b(?:a|the) \w+ and (?:a|the) \w+[;,:.] (?:which|who|what)\b|กี่|เท่า(?:ไร|ใด|ไหร่)",
    re.I,
)
AMOUNT_ALONE = re.compile(r"(?:all|none|both|neither|either|ทั้งหมด|ทั้งสอง|ทั้งคู่|ไม่มี(?:เลย)?)\.?", re.I)
"""A stem that asks how many or which of what it names, and an option that is such an amount."""
_WIDE = rf"(?:(?:any|each|either|neither|none|all|both|some|two|three|four|several|whichever|most|no) of|whole|lot|rest|{_PLACES}|next|other|another|opposite|reverse|same|one|all|both|any|each|every|either|neither|none|everything|two|three|four)"
_WIDE_NOUN = r"(?:ones?|these|those|them|list|lot|rest|others?|above|below|two|three|four|answers?|options?|choices?|methods?|ways?|things?|items?|pieces?|steps?|acts?|actions?|causes?|reasons?|ideas?|measures?)"
_THAI_THINGS = r"(?:อย่าง|ประการ|กรณี|วิธี|แบบ|ข้อ|อัน|ตัว|ชิ้น|ชนิด|ขั้นตอน|มาตรการ|สาเหตุ)"
MAY_POINT = re.compile(
    rf"(?!^{_PLACES}\W*$|other way\b|the other way\b)\b(?:the )?(?P<word>{_WIDE})(?: (?:the|these|those|other|of|{_WIDE_NOUN}|{_NUMBER_WORD}|{_PLACES}))*(?=\W*$|[.,;:]| (?:{_PREDICATE}|together|here|alone|only|combined|before|after|given)\b)(?! of (?!these|those|them))"
    rf"|\b(?:{_PLACES}|next|other|each|any|either)(?: (?:of (?:these|those|them)|ones?|{_NUMBER_WORD}))* [a-z]+ (?:the|it|an?|this|that|more|too|no|them|up|down)\b"
    rf"|\b(?:of|than|with|as|like) (?:these|those|them)\b|\bnumber {_NUMBER_WORD}\b|^[2-5] (?:and|or) [2-5] [a-z]|\b(?:one|reason|explanation|point|note|given|stated|said|named|explained|mentioned|listed) (?:above|below|before|after|earlier|given|next)\b"
    rf"|ทั้ง(?:{_THAI_NUMBER}|หมด|คู่)(?:{_THAI_THINGS}|$)(?:นี้|นั้น|$|รวม|พร้อม|\s)?(?<!ทั้งหมด)|(?:^|ได้|ทำ|ใช้|เลือก)(?<!ผู้ใช้)(?:ทั้งหมด$|หมด(?:ทุก|ทั้ง)|ทุก|ทั้ง(?!{_THAI_NUMBER}[ก-๙])){_THAI_THINGS}"
    rf"|{_THAI_THINGS}(?:ที่)?(?:แรก|สุดท้าย|ถัดไป|ก่อนหน้า|ข้างบน|ข้างล่าง|ข้างต้น|{_THAI_NUMBER}{_NOT_A_NUMBER_OF}(?!{_THAI_THINGS}))(?!ของ)|(?:เหตุผล|คำอธิบาย|ตาม|ดู)(?:ไว้)?(?:ข้างบน|ข้างล่าง|ข้างต้น|ด้านบน|ด้านล่าง)|(?:ใต้|เหนือ)(?:ลงมา|ขึ้นไป)|ที่(?:ได้)?กล่าว(?:มา|ถึง)",
    re.I,
)
"""Words that may point at other options: quantities, places and numbers that no noun of their own follows."""
CLAUSE_ENDS = re.compile(r"[.,;:!?()–—]|\b(?:because|since|so that|when|while|if|unless|until)\b", re.I)
WORD = re.compile(r"[a-z]{2,}")
EMPTY_WORD = re.compile(
    "th(?:e|[eo]se|at|is|ey|em|an|en)|its?|an|of|[io]n|at|to|by|for|from|with(?:out)?|as|like|and|or|but|not|nor|only|just|also|too|plus"
    "|minus|except|same|different|others?|else|both|n?either|all|any|each|every|some|none|ones?|two|three|four|five|first|second|third"
    "|fourth|fifth|last|previous|next|before|after|above|below|top|bottom|is|are|was|were|be|been|d(?:o|oes|id|one)|can|could|may|might"
    "|must|sh(?:all|ould)|w(?:ill|ould)|ha(?:s|d|ve)|need(?:s|ed)?|right|wrong|(?:in)?correct|true|false|better|best|worse|valid"
    "|(?:appl(?:y|ies|ied)|fits?|works?|us(?:e|ed|ing)|take[ns]?|choose|chosen|pick|select|try|combined?|follow(?:ed)?|perform|carry|out)"
    "|together|alone|t?here|order|turn|more|less|most|least|such|ways?|things?|wh(?:at|ich)(?:ever)?"
)
"""Words that say nothing of a subject: an option of these alone says what others say."""
THESE = re.compile(r"\b(?:these|those|them|above|below)\b", re.I)
TWO_THINGS = re.compile(r"\b(?:two|both|pair|couple)\b", re.I)
RUN_OF_LETTERS = re.compile(
    r"(?<![ก-๙])(?:กขคง?|ขคง)(?![ก-๙])|^(?:กข|กค|กง|ขค|ขง|คง(?=เท่านั้น|ถูก)|กขง|กคง)(?=$|เท่านั้น|ถูก|\s(?:เท่านั้น|ถูก))"
    r"|^(?:AB|BD|ABD|ACD)$|\b(?:AB|AC|AD|BC|BD|CD|ABCD?|ABD|ACD|BCD)\b(?=(?: are| is)?(?: all)? (?:correct|right|true|wrong|false|only)\b)"
)
"""Letters of options without spaces between them, except within a word or a common abbreviation (`AC`, `CD`).
"""
ABBREVIATION = re.compile(r"\b[A-Z]{2,5}\b")
_OR_OF = (
    r"(?:all|none|both|n?either|any|each|some|most|one|two|three|more|several|half|whichever"
    r"|the (?:best|worst|(?:most|least) \w+|[a-z]{3,}est))"
)
_BACK = r"(?:above|below|preceding|previous|foregoing)"
_ENDS = r"(?=$|[.,;]| (?:is|are|and|or|but|plus|with|except|that|which)\b)"
REFERENCE_ALONE = re.compile(
    rf"(?:all|none|both|n?either)(?: one)?|more than one|the (?:whole )?(?:lot|list)|it (?:does not|doesn['’]t) matter which(?: one)?|[an]ota|the (?:upper|lower|top|bottom) {_NUMBER_WORD}|(?:all|both)(?: of)?(?: the)? {_NUMBER_WORD}"
    rf"|(?:all|both|n?either)(?: (?:of (?:these|those|them)|{_NUMBER_WORD}))? (?:is|are|(?:must|should|may|can|have to) be) (?:necessary|needed|required|possible|acceptable|allowed|suitable|done|used|followed|taken)"
    r"|ทั้ง(?:หมด|คู่|สอง|สาม|สี่|ห้า)(?:นี้)?|(?:เกิด(?:ขึ้น)?|เป็น(?:ไป)?|ใช้|ทำ)ได้(?:ทั้ง)?หมด",
    re.I,
)
"""An option of a quantity alone, which counts the others."""
POINTS_BACK = re.compile(
    rf"(?<!\w with )(?<!\w for )(?<!\w to )\b{_OR_OF} of (?:the )?(?:other )?(?:(?:{_BACK}|{_NOUN}(?! (?:of|from|by) )|these {_NOUN})\b(?!-\w)|following(?=$|[.,])|(?:others?|these|those|them|(?:first|last) (?:two|three|four))(?=$|[.,]| (?:is|are)\b))"
    rf"|\b(?:from|than) the (?:other )?{_NOUN}\b|\bnot (?:{_LISTED}(?: here| above)?|(?:on|in) (?:this|the) list)$|\bthe above(?=$|[.,;]| (?:and|or|but|in turn|then|together|at once|again|by)\b)|\b(?:all|none|any|as|see|like|{_LISTED}) above{_ENDS}"
    rf"|^(?:the )?same,? (?:but|except|plus|as the {_BACK})\b|^the (?:above|{_PLACES}(?: ones?)?)(?:, (?:with|without|plus)|,? but(?! not\b| one\b)|,? except)\b"
    rf"|\b{_NOUN} {_NUMBER_WORD}(?:,? (?:and|or|plus|then|to|through) {_NUMBER_WORD})*(?=$|,| (?:together|combined|then|but|plus|with|followed|first|only)\b)"
    r"|(?:ทั้ง(?:หมด|คู่|สอง|สาม|สี่|ห้า)|ทุก|ใด|ไม่ใช่|นอก(?:เหนือ)?จาก|ต่างจาก|อื่น\s?ๆ?)\s?[ก-๙]{0,14}?\s?ที่(?:(?:ยัง)?ไม่)?(?:ได้)?(?:กล่าว|ว่า|ยก|เอ่ย|พูด)(?:ถึง)?(?:มา|ไว้)?(?:แล้ว|นี้|ทั้งหมด|ข้างต้น|(?:พร้อม|ร่วม|รวม)กัน|\s)*(?=$|[.,])|(?<=ใน)ข้างต้น$",
    re.I,
)
"""A reference to all, none or some of the options, or to what stands above, within a longer text."""
PARTS_OF_REFERENCE = re.compile(
    r"(?P<every>ทุก|ทั้ง\s?(?:คู่|สอง|สาม|สี่|ห้า|[2-6๒-๖])|สัก)(?P<thing>อย่าง|ประการ|วิธี|แบบ|สิ่ง|อัน)?"
    r"|(?P<quantity>ทั้งหมด|หมด|หลาย|เพียง|เฉพาะ|แค่|มากกว่า|อย่างน้อย|ไม่(?:มี|(?:ได้)?อยู่|ปรากฏ)|เท่านั้น|(?:ใด|ไหน)(?=(?:ข้อ|ตัวเลือก|อย่าง)หนึ่ง|ก็(?:ได้|ถูก|พอ))"
    r"|\bnot (?:among|in|one of|any of)\b|\b(?:all|none|both|neither|either|any|each|every|everything|nothing|something|no|only|others?|most)\b)"
    rf"|(?P<noun>ข้อ(?:ความ)?|ตัวเลือก|คำตอบ|\b(?:{_NOUN}|pair)\b)"
    r"|(?P<validity>(?:ไม่)?(?:ถ[ูุ]ก(?:ต้อง)?|ผิด|ใช่)|\b(?:correct|right|true|wrong|false|incorrect|appl(?:y|ies)|fits?|works?|do(?=$))\b)"
    rf"|(?P<listed>ที่(?:ได้)?(?:กล่าว|ยก|ว่า|ให้|เสนอ|ระบุ|แสดง)(?:มา|ไว้|ให้)*(?:แล้ว)?|\b{_LISTED}\b)"
    r"|(?P<place>\b(?:above and below|upper and lower)\b|ข้างล่าง|ด้าน(?:บน|ล่าง)|บน|ล่าง|ต่อไปนี้|นี้|ถัด(?:ขึ้น|ลง)?ไป|\b(?:follow(?:s|ing)?|top|before|after|this)\b)"
    rf"|(?P<pointer>(?:(?<=อย่าง)|(?<=ข้อ)|(?<=วิธี)|(?<=อัน))หลัง|ข้าง(?:ต้น|บน)|แรก|สุดท้าย|อื่น|\b(?:{_BACK}|former|latter|these|those|last|first|second|third|fourth|fifth|[1-5](?:st|nd|rd|th))\b)"
    r"|(?P<likeness>เหมือน(?:กับ)?|เช่นเดียวกับ|ตรงข้ามกับ|\b(?:apart|aside) from\b|\bbesides\b)"
    rf"|(?P<label>{_THAI_LABEL}|[ก-ฉ](?=และ|กับ|หรือ|เท่านั้น|$)|\b[A-F]\b(?!#|\+(?!\s?[A-F]\b))|[1-6๑-๖]|\b(?:iv|v|i{{1,3}})\b)"
    r"|(?P<kind>\b(?:action|step|method|measure|way)s?\b)"
    r"|(?P<count>หนึ่ง|เดียว|สอง|สาม|สี่|ห้า|\b(?:one|ones|two|three|four|five)\b)"
    r"|(?P<act>\b(?:use|take|perform|combine|join|choose|try|apply|follow|carry out)\b|^do\b)"
    r"|(?P<ends>อัน|อย่าง|ประการ|วิธี|กรณี|สิ่ง|อยู่|เลย|เลือก|ทำ(?:ได้)?|ใช้(?:ได้)?|ปฏิบัติ|ตอบ|เกิด(?:ขึ้น)?|อาจ|เป็น(?:ไปได้|จริง|ไป|ได้)?|เหมาะสม|เข้า|ด้วย|ร่วม|รวม|พร้อม|สลับ|กัน(?!เอง)|ก็(?:ได้|ถูก|พอ)?|ได้|คู่|คือ|จาก|นอก(?:เหนือ)?|ต่าง|แล้วแต่(?:สะดวก|กรณี)|แล้ว|ทั้ง|หลัง|ตาม(?:ด้วย|ลำดับ)?|ก่อน|จึง|ทันที|ถึง|และ|กับ|หรือ|แต่|ยกเว้น|ใด|ไหน|อะไร|มี|ใน|ที่|กว่า|ไม่|ๆ)"
    r"|\b(?:(?:at|in) (?:once|turn|the same time|(?:that|this|the given|any) order)|[an]|the|of|in|is|are|be|there|that|than|and|n?or|but|except|plus|with|without|then|followed by|as|well|also|not|may|can|could|would|must|should|here|so far|just|directly|immediately|simultaneously|delay|together|combined|combination|statements?|else|appropriate)\b|[\s()\[\]“”\"'.,;:!*&/+–→⇒>-]+",
    re.I,
)
"""The words of which a text consists that only says which options are meant: quantities, nouns for options,
verdicts, words for what is listed, places, likeness, labels, numbers, acts, and what joins them.
"""
FRACTION = re.compile(
    r"[1-6๑-๖]\s?[/⁄]\s?[1-6๑-๖]|[a-f](?:[-/;|&+*=<>,]|, )[a-f]|[a-f](?: [a-f])+|[1-6](?:[ ,][1-6])+"
)
"""A fraction, a term of lower-case letters, or letters or numbers without a word between them."""
GAP_IN_THAI = re.compile(r"(?<=[ก-๛])\s+(?=[ก-๛])|ๆ")
_SEVERAL = rf"{_LABEL}(?:(?:{_BETWEEN_LABELS}|(?<=[ก-ฉ]) ){_LABEL}){{1,5}}[)\]”\"'’]?"
LETTERS_TOGETHER = re.compile(
    rf"(?:^|(?:because|since|so|but|เพราะ|แต่|ส่วน) ?)(?P<subject>{_SEVERAL}) (?:(?<=[A-F)] )(?![a-z]+ {_AUXILIARY}\b|[a-z]+s\b|[a-z]+\W*$)[a-z]|(?<=[ก-ฉ)] )[ก-๙]{{2}}|{_AUXILIARY}\b)"
    rf"|\b(?:in|under) (?P<within>{_SEVERAL})(?=$|[.,;])|^(?P<remarked>{_LABEL})[.)]?(?:,? (?:but|except|minus)\b|, (?:with|without|plus|and|only|unless|if|in)\b|\s?(?:โดย(?:มี|เพิ่ม|ลด|ไม่|ใช้)|แต่|พร้อม|ยกเว้น|และ(?:เพิ่ม|มี|ลด)|บวก))",
    re.I,
)
"""Letters as the subject of a sentence, letters in which something is (`the tools in A and C`), or a letter
with a change of its option (`B, with a fine`).
"""
OPTIONS_IN_STEM = re.compile(
    r"\b(?i:(?:which|one|any) of|is it) (?P<list>(?:[(\[]?[A-Da-d][)\]]?,? ?(?:(?:and|or) )?){2,9})(?:(?<= )(?:is|are|was|does|do|that|would|can|has)\b|\?)"
    r"|, (?P<last>(?:[(\[]?[A-Da-d][)\]]?,? ?(?:(?:and|or) )?){2,9})\?"
    r"|(?:^|\s)(?P<thai>(?:[ก-ฉ][.]?[\s,]+){2,9}(?:และ|หรือ|กับ)\s?[ก-ฉ])\s(?:ข้อ|สิ่ง|อัน|ตัว)?ใด"
)
"""Letters that a stem asks about. If it does not list anything under them, they are the letters of
options.
"""
NAMES_WITH_LETTERS = re.compile(r"(?=.*[A-F]\d)[A-F]\d*(?:(?:,| and| or| &)* [A-F]\d*)*")
"""An option that consists of names, some of them a letter with a number, as of vitamins (`B1 and C`)."""
LETTERS_ALONE = re.compile(
    r"(?:[A-Z]|[ก-ฮ])(?:(?:,? (?:and|or)|,| &| ?และ) ?(?:[A-Z]|[ก-ฮ]))*(?: only|เท่านั้น)?|(?:เฉพาะ|Only) ?[A-Zก-ฮ]"
)
"""An option that consists of letters. Where others do too, they are names, as of seats."""
NUMBERS_JOINED = re.compile(
    rf"\b({_NUMBER_WORD}) (?:and|plus) ({_NUMBER_WORD})(?=$|[,.]| (?:only|together)\b)", re.I
)
ASKS_FOR_KIND = re.compile(
    r"\b(?:types?|kinds?|class(?:es)?|grades?|codes?|abbreviations?|letters?)\b|ชนิด|ประเภท|อักษร|ตัวย่อ", re.I
)
THAI_LETTERS = "กขคงจฉชซ"
NUMBERS_OF_OPTIONS = frozenset("123456๑๒๓๔๕๖")
LABELS = re.compile(
    rf"(?<![ก-๙]){_THAI_LABEL}|(?!A {_NOUN}\b)\b[A-Fa-f]\b(?!#|\+(?!\s?[A-F]\b))|(?<![\d.,])[1-6๑-๖](?![\d.,]*\d)|\b(?:iv|v|i{{1,3}}|I{{1,3}}|IV)\b"
)
ARTICLE = re.compile(r"\b[Aa] (?!(?:and|n?or|but|only|plus|to|then|is|as|with|alone|from|for)\b)(?=[a-z])")
WORD = re.compile(r"[A-Za-z]+|[ก-๙]+")
LABELS_OF_TEXT = re.compile(
    r"(?:^|[\s(\[“\"'])(?P<listed>[ก-ฉ]|[A-Fa-f]|[1-6๑-๖]|iv|v|i{1,3}|IV|V|I{1,3})\s?[.):]"
    r"|(?<![A-Za-zก-๙°])(?P<capital>[B-F])(?![A-Za-z'’])|(?<![A-Za-zก-๙.])(?P<a>A)(?![A-Za-z'’]| (?!(?:and|or|to) [B-F]\b)[a-z])"
    r"|[ก-๙]\s(?P<thai>[ก-ฉ])(?=\s|[,.)”\"']|$|และ|กับ|หรือ)",
    re.M,
)
"""Labels that a text itself introduces, such as the statements that a stem lists or the companies ก and ข of
a case.
"""
STATEMENT_OF_LIST = re.compile(
    r"(?:^|[\s(])(?P<label>[ก-ฉ]|[A-Fa-f]|[1-6๑-๖]|iv|v|i{1,3}|IV|V|I{1,3})\s?[.):]"
    r"(?=\s?(?!และ|กับ|หรือ|จึง|ไม่|ถูก|ผิด|ต่าง|(?:and|or|is|are)\b)[^\s.,])"
)
"""A statement with its label, even after a word for options (`ข้อความ ก. น้ำเดือด`), if another statement
follows.
"""
BEGINNINGS_OF_LISTS = (("ก", "ข"), ("a", "b"), ("1", "2"), ("๑", "๒"), ("i", "ii"))
INTRODUCED = re.compile(
    rf"^(?:Let )?(?P<labels>{_GROUP}) (?:are|is|be) (?:(?:an?|the|two|three|four) )?(?!(?:[a-z]+ )?{_NOUN}|{_WRONG_OR_RIGHT})"
    r"(?:[a-z]+ ){1,2}?(?:on|in|of|at|from|with|who|that|which|near|beside|along)\b[^.?!]*\.\s+\S",
    re.I,
)
"""A first sentence of a stem that states what its letters mean: `A and B are points on a line.`"""

# ── explanations and marks of the key ────────────────────────────────────────────────────────

LEADS_IN = re.compile(
    r"^[\W_]*(?:(?:(?:feedback|rationale|explanation|reason(?:ing)?|note|comment)(?![a-z])|คำอธิบาย|อธิบาย|เหตุผล|แนวคิด|หมายเหตุ)\s*[:：.–—-]*\s*"
    r"|(?:(?:because|since|so|thus|therefore|hence|here)(?![a-z])|เพราะ(?:ว่า)?|เนื่องจาก|ดังนั้น|จึง)[\s,]*)+(?=\S)",
    re.I,
)
"""A label or conjunction at the beginning of an explanation."""
_BY_CHOICE = r"(?: (?:answer|option|choice|one|response|key))"
_THAI_ANSWER = r"(?:คำตอบ|ข้อ|ตัวเลือก)(?:ที่)?ถูก(?:ต้อง)?(?:ที่สุด)?"
VERDICT = re.compile(
    r"(?P<wrong>\b(?:wrong|incorrect|false|falsch|faux|not(?= \w|\W*$)|0 (?=points?|marks?)|no (?=points|marks))\b|0 (?=คะแนน)|[✗✘❌☒]|(?:ยัง)?ไม่(?:ค่อย)?(?:ใช่|ถูก(?:ต้อง)?)|เกือบถูก(?:ต้อง)?|ผิด(?!ที่)|ศูนย์(?=คะแนน))"
    r"|(?P<no>\b(?:no|nope|oops|sorry|unfortunately(?: not)?|almost|(?:try|think|guess) again|another (?:go|try))\b|ลอง(?=ใหม่|อีก|ดู|คิด|ตอบ|ทำ)|พยายาม|เสียใจด้วย)"
    r"|(?P<right>\b(?:correct|right|best|true|richtig|wahr|vrai|(?<=the )answer|one(?=\W*$))\b|ถูก(?:ต้อง)?(?:ที่สุด)?(?!เลือก|ทำ|คิด|ที่)|(?:ดี|เหมาะ(?:สม)?)ที่สุด|ใช่|(?<=เป็น)คำตอบ|[✓✔☑√✅])"
    r"|(?P<yes>\b(?:yes|well done|exactly|spot on|bingo|bravo|perfect|excellent|got it|(?:very )?(?:good|great|nice)|that['’]s it|full (?=points|marks)|[1-9]\d*(?:\.\d+)? (?=points?|marks?))\b|[1-9]\d*(?:\.\d+)? (?=คะแนน)|คะแนนเต็ม|เก่ง|เยี่ยม|ดีมาก)"
    r"|\b(?:this|that|it|you(?:r|['’]ve)?|is|was|are|['’](?:s|re)|(?-i:an?)|the|have|please|absolutely|quite|yet|really|(?<=this )time|option|answer|choice|one|response|key|job|work|points?|marks?)\b"
    r"|ข้อ|คำตอบ|ตัวเลือก|อัน|นี้|เป็น|คือ|ที่|คุณ|ท่าน|นักเรียน|ตอบ|เลือก|ทำ|ได้|ดู|คิด|ใหม่|อีกครั้ง|กรุณา|โปรด|คะแนน|ยอด|แล้ว|เลย|มาก|นะ|น่ะ|ล่ะ|ครับ|คับ|ค่ะ|คะ|จ้ะ|จ้า|จ๊ะ|[\W_]",
    re.I,
)
"""The words of a clause that only calls an option right (also in spoken words: `yes`) or wrong (`no`)."""
ASKS_FOR_FAULT = re.compile(
    r"ห้าม|อันตราย|เลี่ยง|เสี่ยง|เสียหาย|บกพร่อง|danger|unsafe|hazard|forbid|prohibit|avoid|harm|risk|mistake|error|fault|break|violat|worst|bad\b",
    re.I,
)
"""A stem that may ask for what must not be done."""
_FORBIDS = r"never|avoid|don['’]t|do not|must not|should not|(?:is|are) (?:forbidden|prohibited|banned|not allowed)|forbid(?:s|den)?|prohibit(?:s|ed)?"
_BAD = (
    r"wrong|incorrect|unsafe|dangerous(?:ly)?|danger|harmful|hazardous|risky|unsuitable|improper|inadequate|insufficient|ineffective|useless|pointless|irrelevant|illegal|error|mistake(?:n)?|misconception|fault|bad|worst|poor"
    r"|incomplete|inappropriate|unacceptable"
)
_THAI_BAD = r"(?:เข้าใจ)?ผิด|อันตราย|เสี่ยง|ไม่เหมาะ(?:สม)?|ไม่แนะนำ|ใช้ไม่ได้|ไม่ได้ผล|ไม่ปลอดภัย|ไร้ประโยชน์"
_GOOD = (
    r"correct(?:ly)?|right|(?:exactly|precisely)(?! what \w+ (?:not|never)\b)|recommended|recommends?|approved|advised|safe(?:ly|st)?|suitable|proper(?:ly)?|ideal|essential|perfect|excellent|well done|best|(?:required|prescribed|demanded|specified) by"
    r"|according to|in line with|as (?:the|our) (?:\w+ )?(?:manual|guide|rules?|code|standard|book|law|label)s?|yes"
)
_THAI_GOOD = r"ใช่|ถูกต้อง|ถูก(?:หลัก|วิธี)|เยี่ยม|เก่ง|ดีมาก|ดีที่สุด|เหมาะ(?:สม)?|ปลอดภัย|แนะนำ"
_NO_NOUN = r"(?!-| (?!(?:and|because|since|as|for|by|in|here|there|to|what|when|if|with|this|that|it|answer|choice|option|one|response|the|every|each)\b)[a-z])"
"""Not before a noun, because an adjective before it is not about the option."""
_THAI_ENDS = r"(?=$|[^ก-๙]|แล้ว|เลย|มาก|ที่สุด|อย่าง|ต่อ|เพราะ|ค่ะ|คะ|ครับ|นะ|เด็ดขาด|ตาม|กับ|หลัก|วิธี|ระเบียบ|กฎ|ให้)"
APPROVES_OR_BLAMES = re.compile(
    rf"(?P<forbids>\b(?:{_FORBIDS})\b|ห้าม|หลีกเลี่ยง|งดเว้น|ไม่ควร|ไม่พึง|ต้องไม่)|\b(?:(?P<bad>{_BAD})|(?P<good>{_GOOD}))\b{_NO_NOUN}"
    rf"|(?P<bad2>{_THAI_BAD}){_THAI_ENDS}|(?P<good2>(?:{_THAI_GOOD}){_THAI_ENDS}|ตรงตาม|เป็นไปตาม|ได้มาตรฐาน)",
    re.I,
)
"""What forbids, blames or approves."""
NOT_OF_THE_OPTION = re.compile(
    r"\b(?:before|until|without|unless|except|others?|another|and no|partly)\b|ก่อน|โดยไม่|เว้น|อื่น", re.I
)
"""Words that limit what is forbidden or approved, or say it of something else."""
THIS_ACT = re.compile(
    r"\s*(?:(?:do|use|try|ever|be|done|used|ทำ|ใช้)\s?)*(?:(?:this|that|it|so)\b|(?:ท่า|วิธี|แบบ|ทำ|ใช้|สิ่ง|ข้อ|การ|อย่าง|เช่น)*(?:นี้|เด็ดขาด))",
    re.I,
)
ENDS_FORBIDDEN = re.compile(r"[:;,.!]|\b(?:because|since)\b|เพราะ|เนื่องจาก|\s(?=[ก-๙])")
"""What is forbidden: the option itself in so many words, and the words at which what is forbidden ends."""
DENIED_BEFORE = re.compile(
    r"(?:\b(?:not|never|no|hardly|less|isn['’]t|aren['’]t|nor)\b(?: \w+)?\s*|(?:ไม่|มิ|ยังไม่)(?:ใช่|ได้|เป็น|ค่อย|ถือว่า|น่า|มี)*\s?)$",
    re.I,
)
"""A negation directly before a word."""
ABOUT_THE_OPTION = re.compile(
    r"\W*(?:(?:this|that|it|these|they|such|doing|to|do|use|used|so|is|are|was|were|be|very|quite|really|exactly|precisely|what|an?|the|common|both|also|method|way|choice|option|act)\W+)*"
    r"(?:(?:วิธี|ข้อ|แบบ|ทำ|สิ่ง|ท่า|การกระทำ)*(?:เช่น)?(?:นี้)?|เป็น|มี|จึง|ที่|สิ่ง|ความ|การ|ถือว่า|นับว่า|\s)*",
    re.I,
)
"""What stands before such a word if nothing else than the option can be meant."""
NOUN_OF_OPTION_HERE = re.compile(r"\b(?:this|that) ([a-z]+)(?= (?:is|was)\b)|^([ก-๙]{2,15}?)(?=นี้)", re.I)
"""The noun that an explanation uses for its option: `this temperature is best`."""
REMARK = re.compile(r"[.,;!:]\s+|\s[–—-]\s|(?<=[ก-๙])\s+")
OF_OTHERS = re.compile(
    r"^\W*[A-Fก-ฉ1-6]\W*$|อื่น|ส่วน|ๆ|ข้อ|แต่|ถ้า|หาก|เพราะ|ที่|\b(?:others?|but|if|because|option|answer|the|what)\b",
    re.I,
)
"""Words before a verdict that is not about the option itself."""
ENDS_VERDICT = re.compile(
    r"(?<=\w)\s*(?:[.!:;]|[,–—-](?:\s(?!but|แต่)|$))|(?<=\s)(?:because|since|เพราะ|เนื่องจาก|คำตอบนี้)", re.I
)
NEGATES = re.compile(
    r"ไม่|ผิด|เว้น|\b(?:not|false|wrong|incorrect|except|untrue|least|never|cannot|falsch|nicht)\b|n['’]t\b",
    re.I,
)
"""A stem that may ask for what is wrong."""
COMPUTES = re.compile(
    r"[\d)]\s*[-+*/×÷·−–:^]\s*[\d(][^=]*=\s*(?:฿|\$)?[-−]?\d[\d,]*(?:\.\d+)?(?P<unit>[^\d=]{0,20}?)\.?$"
)
"""A computation whose result is at the end of an explanation."""
ENDS_WITH_NUMBER = re.compile(
    r"\d[^\d=.]{0,15}\.?\s*$|\b(?:one|two|three|four|five|six|seven|eight|nine|ten)(?: \w+)?\.?$", re.I
)
CITED_NUMBER = re.compile(
    r"(?:ข้อ|มาตรา|วรรค|หน้า|ตาราง(?:ที่)?|ภาพ(?:ที่)?|บท(?:ที่)?|ขั้น(?:ตอน)?ที่|\b(?:section|rule|page|p\.|table|figure|clause|article|step|chapter|no\.))\s*[\d๐-๙]+",
    re.I,
)
"""A number of a section, page or other part of a book or law."""
BOUNDS = re.compile(
    r"ไม่(?:น้อยกว่า|ต่ำกว่า|เกิน(?:กว่า)?|มากกว่า|สูงกว่า)|\b(?:(?:not|no) (?:less|more|fewer) than|at (?:least|most)) ",
    re.I,
)
"""Words that limit a number, and neither deny nor compare."""
EXCUSES = re.compile(
    r"\bif\b|\bby \w+ing\b|you get|would|wrong|mistak|forg[eo]t|instead|\bnot\b|n['’]t\b|\bthan\b|ผิด|ลืม|ถ้า|หาก|ไม่|กว่า|เข้าใจว่า",
    re.I,
)
"""Words that show that a number results from a mistake or belongs to a comparison."""
_ASKED_IN_THAI = r"(?:(?:ข้อ|สิ่ง|อัน|ผู้|คน|แบบ|ชนิด|ประเภท|เท่า)?(?:ใด|ไหน)|อะไร|ใคร|เท่าไร|เท่าไหร่)"
ASKED_IN_THAI = re.compile(
    rf"^(?P<before>.*?){_ASKED_IN_THAI}(?:ต่อไปนี้)?(?:\s*(?:ที่|ซึ่ง)(?=\S{{3}}))?(?P<after>\s*\S.*)?$"
)
"""The question of a stem, with the text before and after its question word."""
ASKED_IN_ENGLISH = re.compile(
    r"^(?:which|what|who)\b(?: one)?(?: of (?:the following|these|those)(?: [a-z]+s\b(?= (?:is|are|was|has|can|does|do|have|should|must)\b))?)? (?P<rest>.+)$",
    re.I,
)
VERB_OF_QUESTION = re.compile(
    r"is|are|was|were|has|have|had|can|could|may|must|should|will|would|(?!(?:this|its|these|those|as)$)[a-z]{2,}(?<!s)(?<!u)s",
    re.I,
)
GAP = re.compile(r"\s*(?:_{3,}|\.{4,}|…+)\s*")
STATEMENTS = re.compile(
    r"(?<=[.!?;])\s+(?!ถูก|ผิด)|(?<=:)\s+(?=\S+(?: \S+)? (?:is|are) (?:not|wrong)\b)|\n+|,?\s+(?=(?:so|while|whereas|but|although|though|since|because|which|therefore|hence)\b)"
    r"|(?<=[ก-๙])(?<!ตอบ)(?<!เฉลย)(?<!เลือก)\s+(?=[ก-๙])(?!(?:และ|หรือ|กับ|คือ|ถูก|ผิด|เป็นคำตอบ))|(?=เพราะ|ส่วน|ขณะที่)",
    re.I,
)
"""The places between the clauses of an explanation."""
CONTRAST = re.compile(
    r",? \b(?:rather than|instead of|unlike|than|preferred to|(?:and|but) not)\b|, not\b|^(?:ไม่ใช่|มิใช่)|แทน(?:ที่)?|(?<!ถูก)กว่า",
    re.I,
)
"""Words before an option that is contrasted with the answer."""
DENIES_STATEMENT = re.compile(
    r"\b(?:not|never|no(?!,)|cannot|rarely|hardly|seldom|wrong|incorrect|false)\b|n['’]t\b|ไม่|มิ(?:ใช่|ได้)|ห้าม|ผิด",
    re.I,
)
CONDITION = re.compile(
    r"(?<=\s)only\b|\b(?:if|when|unless|until|once|although|though|even|may|might|could|some(?:times)?|many|often|students?|candidates? who|thinks?|thought"
    r"|believe|confus\w*|mistak\w*|forg[eo]t\w*)\b|เฉพาะ|เท่านั้น|เมื่อ|ถ้า|(?<!ต่าง)หาก|แม้|มัก|สับสน|เข้าใจ|เดิม|เคย|นักเรียน|ผู้(?:ที่)?(?:ตอบ|เลือก)|บาง",
    re.I,
)
"""Words that limit a clause to a condition, or that report what others think."""
OF_ANOTHER = re.compile(r"\b(?:where|while|whereas|but)\b|ส่วน|แต่|ขณะที่", re.I)
"""Words before what is said of another option."""
HARMS = re.compile(r"\b(?:injur|harm|damag|burn|hurt|scald|ruin|destroy)\w*|บาดเจ็บ|เสียหาย|ทำลาย|อันตราย", re.I)
OF_TIME = re.compile(r"when|until|once|เมื่อ", re.I)
"""Those of them that limit a time."""
CONCLUSION = re.compile(r"(?:so|thus|therefore|hence|which is why)\b|จึง|ดังนั้น", re.I)
CONCLUDES = re.compile(r"(?<=\S)(?=จึง|ดังนั้น)")
"""The place before a conclusion within a clause."""
NAMES_ANSWER = re.compile(
    r"\b(?:(?P<norm>what the \w+ (?:asks? for|calls? for|demands?|requires?|prescribes?|wants?)(?=\W*$))|answers?|ans|(?<!\ba )key|it is|it['’]s|has to be|must be (?:chosen|picked|marked|selected)|คือ(?:ข้อ|สิ่ง)?ที่ต้องการ|(?:what|the one)(?: that)? (?:(?:to|is|was|were|are|you|we|should|have|had) ?)+(?:asked for|wanted|needed|expected|looking for|cho(?:ose|sen)|pick(?:ed)?|mark(?:ed)?|select(?:ed)?|taken?)|clearly|obviously)(?![-\w])|คำตอบ|เฉลย|ตอบ"
    r"|(?P<asked>^\W*(?:(?:you|we|one) )?(?:(?:must|should|(?:need|have|has|ought) to) )?(?:choose|pick|select|mark|use|take)\b|^(?:จึง|ต้อง|ควร|ให้)*(?:เลือก|ใช้))"
    r"|(?P<verdict>\b(?:correct|right)\b|\b(?:is|are) (?:wrong|incorrect)\b|ถูกต้อง|(?<!ราคา)(?<!ราคา )(?<!ความ)(?<!ไม่)(?:ถูก|ผิด|ใช่)(?=$|[\s.,;]|คือ|เพราะ|ตาม))",
    re.I,
)
"""Words that present something as the answer, or that call it right."""
REASON = re.compile(r"\W*(?:because|since|เพราะ|เนื่องจาก|ซึ่ง)", re.I)
INITIAL_OF_ANSWER = re.compile(r"^\W*(?:ans(?:wer)?|key)\s?[:=]\s?(?P<letter>[i-z])\b", re.I | re.M)
"""The first letter of an option as the answer."""
_CALLS_RIGHT = (
    rf"correct{_BY_CHOICE}?|(?:right|wrong|incorrect|best){_BY_CHOICE}|incorrect"
    rf"|{_THAI_ANSWER}|คำตอบ|เฉลย|ข้อ(?:ที่)?ผิด|ถูกต้อง|ไม่ถูก(?:ต้อง)?"
)
_MARK_WORDS = rf"(?:(?:the )?(?:{_CALLS_RIGHT})|ans(?:wer|\.)?|key|true|false|yes|no|ตอบ|ถูก|ผิด|ข้อถูก)"
_AROUND_MARK = r"(?:(?:this|that|it|is|the|a|one|here|ข้อ|ตัวเลือก|อัน|นี้|คือ|เป็น|ที่|ครับ|ค่ะ)[\s:]*)*"
_OPENS, _CLOSES = rf"[(\[{{<]{{1,3}}\s*{_AROUND_MARK}", rf"[\s:]*{_AROUND_MARK}[!*]?\s*[)\]}}>]{{1,3}}"
_TICKS = "✓✔☑✅☒✗✘❌👉👈👍🔑"
_ARROW = r"(?:<?[-–—=]{1,2}>|<[-–—=]{1,2}|[→⇒←⇐]|<<|>>)"
KEY_MARK = re.compile(
    rf"\s?{_OPENS}(?:(?P<side>right|wrong|ถูก|ผิด)|{_MARK_WORDS}|[*{_TICKS}]){_CLOSES}\s*[.!]?$"
    rf"|\s\[[xX ]?\]$|\s{_OPENS}(?P<letter>[TF]){_CLOSES}$"
    rf"|\s?{_OPENS}(?P<points>(?:ถูก|ได้)?\s?\d+(?:\.\d+)?\s?(?:points?|pts?\.?|marks?|คะแนน)){_CLOSES}$"
    rf"|\s{_OPENS}(?P<share>100\s?%|\+1){_CLOSES}$|,\s(?-i:TRUE|CORRECT|KEY)$"
    rf"|\s(?:{_ARROW}|[-–—=]{{1,2}}|[#@|;:]|//)\s*(?:(?P<direction>right|wrong|ถูก|ผิด)|{_MARK_WORDS})\s*[.!]?$"
    rf"|(?<=\w)[;:]\s?(?:correct|ans(?:wer)?|key)$"
    rf"|\s{_ARROW}$|\s\^$|\s?[{_TICKS}√]\ufe0f?$|^[{_TICKS}]\ufe0f?|^{_OPENS}(?:{_MARK_WORDS}|[*{_TICKS}]){_CLOSES}(?=\s?\S)|^[(\[]\s?[xX]\s?[)\]](?=\s?\S)"
    rf"|^(?!<<\S){_ARROW}\s?(?=\S)|^(?:correct|answer|ans|key|(?P<statement>true|false|right|wrong)|เฉลย|ตอบ)\s?[:：](?=\s?\S)"
    r"|^(?:[+=]\s?|==\s?|~\s|[=~]?%-?\d+(?:\.\d+)?%\s?|100%)(?=[A-Za-zÀ-ÿก-๎]{2}(?!\w*\())|^\*\s?(?=[A-Za-zÀ-ÿก-๎]{2}[^\n]*$)|(?<=[A-Za-zÀ-ÿก-๎]{2})\s?\*+$",
    re.I,
)
"""A mark with an option that calls it right or wrong. A star counts before the words of a single line, but
not in a mask (`*.txt`) or a list.
"""
_SOLE_WORDS = r"(?:เฉลย|คำตอบ|ตอบ|ถูก(?:ต้อง)?|ผิด|ans(?:wer)?|key|correct|right|wrong|true|false)"
MARK_OF_ONE = re.compile(
    rf"^(?:<[a-z]+>|\*\*|__(?-i:[A-Zก-๙]))(?=.*\S)|^[\W_]*(?:{_SOLE_WORDS}\s?[:：.)\]]+\s?|(?:เฉลย|คำตอบ|ตอบ)\s)(?=\S)|(?<=[\w.)])(?:(?<!\bthe)(?<!\bany)(?<!\ban)(?<!\ba) (?!key\b)|\s?[*#=+;:/|(\[{{<>@_-]+\s?){_SOLE_WORDS}\b[^A-Za-z0-9ก-๙]*$"
    rf"|(?<![\d\s])\s?(?:[=;:#@|+]|\s-)\s?\d+(?:\.\d+)?\s?%?$|\s\d+\s?(?:marks?|points?|pts?|คะแนน)$|\s[A-Z]{{3}}:\s?\S.*$|(?<=\S)\s[TF]$|\s#\s?{_SOLE_WORDS}.*$",
    re.I,
)
"""Markup around an option, or a word, points or fields behind it, that only one option has."""
MARKS_OF_MARKUP = ("-->", "+", "*", "=")
MARKUP = re.compile(r"</?[A-Za-z]+[ />]|(?:__|--|==|~~)\w|<!--|(?:#+|>) \w")
"""The beginning of an option in HTML or Markdown, whose signs are not marks."""
OPPOSITE_OF_RIGHT = re.compile(r"\bleft\b|แพง", re.I)
VERDICT_WORD = re.compile(r"ถูก|ผิด|\b(?:correct|incorrect|right|wrong|true|false)\b", re.I)

# ── stems ────────────────────────────────────────────────────────────────────────────────────

_ASKS = r"(?:ใด|ไหน|อะไร|ใคร|อย่างไร)"
_GAP = r"[ \t\u00a0]*"
_NOT = r"(?:ไม่ควร|ไม่พึง|ไม่ใช่|มิใช่|ไม่ต้อง|ไม่จำเป็น|ไม่ถูก|ไม่เหมาะ|ไม่สอดคล้อง|ไม่จัด|ไม่ถือ|ไม่เกี่ยว|ไม่เป็น|ห้าม)"
_NOT_WHY = r"(?:(?!แต่|จึง|เพราะ|แล้ว|เมื่อ)\S)"
_NOT_CASE = r"(?:(?!แต่|จึง|เพราะ|แล้ว|เมื่อ|ที่|ว่า|ทำให้|เหตุ|หาก|ถ้า)[^\s?])"
_SAYS = r"(?:กล่าว|จัด|ถือ|อธิบาย|ระบุ|สรุป|ปฏิบัติ|แสดง|เป็น|คือ|ทำ|ใช้)"
_THING = r"(?:ข้อ|สิ่ง|เรื่อง|รายการ|กรณี|บุคคล|พฤติกรรม|การกระทำ|การปฏิบัติ|วิธี)"
NEGATIVES = ("ไม่", "มิ", "ห้าม", "ยกเว้น", "ผิด", "เท็จ")
THAI_NEGATIVE = re.compile(
    # ข้อใด(ต่อไปนี้) (เป็นสิ่งที่) ไม่ …
    rf"(?:{_ASKS}|(?:ใด|ไหน){_GAP}(?:(?:ต่อไปนี้|เหล่านี้|ข้างต้น){_GAP})?)(?:{_SAYS}?{_THING})?(?:ที่|ซึ่ง)?{_SAYS}?(?:ว่า|ได้)?"
    r"(?:ไม่(?!ว่า|เกิน|น้อยกว่า|ต่ำกว่า)|มิ(?:ใช่|ได้))"
    # สิ่งใด(ที่)ห้าม …
    rf"|{_THING}ใด{_GAP}(?:ต่อไปนี้)?{_GAP}(?:ที่|ซึ่ง)?{_GAP}ห้าม"
    # ข้อใด(กล่าว)ผิด
    rf"|ข้อ(?:ความ)?{_GAP}ใด{_GAP}(?:ต่อไปนี้)?{_GAP}{_SAYS}?{_GAP}(?:ผิด|เท็จ)(?=\s|\?|$|เกี่ยวกับ|ไป?จาก)|กล่าวผิด"
    # ข้อใด … ไม่ได้
    rf"|(?<!เหตุ)(?:ใด|ไหน|ใคร|อะไร){_GAP}{_NOT_CASE}{{0,40}}{_GAP}ไม่(?:ได้|ถูกต้อง|เหมาะสม)(?=\s*\??\s*$)"
    # ไม่ควร … ข้อใด
    rf"|(?:{_NOT}|(?:ไม่ควร|ไม่พึง|ไม่ใช่|ห้าม){_GAP}){_NOT_WHY}{{0,30}}{_ASKS}"
    rf"|{_NOT}{_NOT_WHY}{{0,30}}{_GAP}{_THING}{_ASKS}(?=\s*\??\s*$)"
    rf"|ยกเว้น{_GAP}{_THING}?{_GAP}{_ASKS}|ยกเว้น\s*$"
)
THAI_QUESTION = re.compile(
    r"ใด|ไหน|อะไร|ใคร|อย่างไร|กี่|เท่าไร|เท่าไหร่|เมื่อไร|เมื่อไหร่|ทำไม|หรือไม่|หรือยัง|ใช่ไหม|หรือเปล่า|\?|จง|ให้เลือก|_{2,}|\.{4,}|…"
)
NO_QUESTION = re.compile(r"อย่างไรก็(?:ตาม|ดี)|ใด\s?ๆ|เท่าใดนัก|จง(?:ใจ|รัก)")
LOOK_LIKE_QUESTIONS = ("อย่างไรก็", "ๆ", "เท่าใดนัก", "จงใจ", "จงรัก")
THAI_COMPLETION = re.compile(
    r"(?:คือ|ว่า|เพื่อ|โดย|เพราะ|เนื่องจาก|ได้แก่|เป็น|เท่ากับ|หมายถึง|เรียกว่า|ควร|ต้อง|ด้วย|แก่|จาก|ใน|ของ|ที่|ให้|มี|ใช้|:|-)\s*$"
)
NO_TOPIC = re.compile(
    r"(?:จง)?(?:เลือก)?(?:ข้อ|ข้อความ|คำตอบ|ตัวเลือก)(?:ต่อไปนี้)?(?:ข้อ)?(?:ใด|ไหน)?(?:ต่อไปนี้)?(?:กล่าว|เป็นจริง|สรุป)?(?:ได้)?"
    r"(?:ไม่)?(?:ถูกต้อง|ถูก|ผิด|จริง|เหมาะสม|ดี)?(?:ที่สุด)?\s*\??"
    r"|(?:which|what) (?:one )?(?:of (?:the following|these|the statements|the options)|statement|option|answer)?"
    r"(?: statements?| options?)?\s*(?:is|are)? ?(?:\*\*)?(?:not )?(?:\*\*)?(?:true|correct|false|incorrect|right|wrong|best)?\s*\??",
    re.I,
)
ENUMERATOR = re.compile(r"(?<![\w(.])(?:\d{1,2}|[ก-ฮ]|[A-Za-z]|[ivx]{1,4})$")
REPEATED = re.compile(
    "([\u0e31\u0e34-\u0e3a\u0e47-\u0e4e])\\1|[\u0e48-\u0e4b]{2}|[\u0e48-\u0e4b][\u0e31\u0e34-\u0e3a]|([แโใไะ])\\2"
    r"|([,;?!])\3|::(?![A-Za-z_])|\u0e33[\u0e48-\u0e4b]|(?<!\.)\.\.(?!\.)"
)


# a superset of the above that begins with a set of characters, which `re` seeks much faster
THAI_DIGIT = re.compile("[๐-๙]")
WHICH = "ใด"
SARA_E, SARA_AE = "เ", "แ"

_SHOWN = r"(?:tables?|graphs?|charts?|pictures?|figures?|diagrams?|maps?|photo(?:graph)?s?|images?|drawings?)"
_PAPER = r"(?:invoices?|receipts?|bills?|forms?|labels?|schedules?|timetables?|menus?|signs?|screenshots?|plans?|sketch(?:es)?|tickets?|reports?|memos?|e-?mails?|notices?|advertisements?|recipes?|logs?|certificates?|quotations?|vouchers?|circuits?|lists?)"
_THAI_PAPER = r"(?:ใบ(?:แจ้งหนี้|เสร็จ(?:รับเงิน)?|กำกับภาษี|สั่ง(?:ซื้อ|ยา)|งาน|ปลิว)|ฉลาก|แบบ(?:ฟอร์ม|แปลน)|เอกสาร|ตั๋ว|เมนู|ประกาศ|อีเมล|รายงาน|จดหมาย|โฆษณา|วงจร)"
_NO_PLACE = r"(?! (?:the|an?|this|his|her|its|their|each|every|side|hand|of|\d)\b)"
_TEXT = r"(?:passages?|extracts?|articles?|story|paragraphs?|dialogues?|conversations?|poem|letter)"
_THAI_TEXT = r"(?:บทความ|บทอ่าน|บทสนทนา|บทสัมภาษณ์|ข้อความ|เรื่อง|นิทาน|สถานการณ์|กรณีศึกษา)"
_NOT_THINGS = r"(?!(?:time|way|size|length|width|height|colou?r|kind|type|sort|day|age|amount|number|thing|result|rate|speed|job|work|place|as|\w+ as)\b)"
_THAI_SHOWN = r"(?:ภาพ|รูป(?:ภาพ)?|แผนภูมิ|กราฟ|ตาราง|แผนภาพ|แผนผัง|แผนที่)"
POINTS_AT_CONTEXT = re.compile(
    rf"\b(?P<shown>{_SHOWN}|(?P<text>{_TEXT}|text)) (?:(?:above|below|opposite)\b{_NO_PLACE}|overleaf\b|that follows\b|on the next page\b)|\b(?:the )?(?:following|above|accompanying|adjacent) (?:{_SHOWN}|(?P<text2>{_TEXT}))\b"
    rf"|(?:^|[.?!]\s+)(?:from|according to|based on|using|look at|study|refer to|see|consider|use) (?:(?:the|this) )?(?:(?:data|information|values) (?:in|of|from) )?(?:(?:the|this) )?(?:{_SHOWN}|(?P<text3>{_TEXT}))\b(?! (?:of|from|for)\b)"
    rf"|\b(?:look at|shown in|given in|see) (?:the |this )?{_SHOWN}\b(?! (?:of|from|for)\b)"
    rf"|\bin the (?:photo(?:graph)?|picture|drawing|diagram|graph|chart|(?P<text5>passage|extract|dialogue))\b(?=[?.,]| (?:hold|is|are|do|does|you|shown|above)\w*\b)"
    rf"|\bthe (?:{_SHOWN}|{_PAPER}|(?P<text8>{_TEXT})) on (?:page|p\.) ?\d|\bthe (?P<text9>passage|extract|dialogue|conversation|article|poem) (?:says?|states?|tells?|claims?|mentions?|suggests?)\b"
    rf"|\boverleaf\b|\b(?:shown|drawn|pictured|illustrated) (?:above|below|opposite)\b{_NO_PLACE}|(?<!with )(?<!and )\bthe (?:attached|enclosed) {_SHOWN}\b"
    rf"|^(?:how|what|which|when|where|who|why)\b[^.?]*\b(?:do|does|did|is|was|will|would|must|should|can) the same {_NOT_THINGS}[a-z]+\b(?! as\b)(?=[^.?]*\?)|^(?!ราคา|ขนาด|ค่า|จำนวน|สถานะ|ที่)[ก-๙]{{2,12}}?(?:เดิม|เดียวกัน)(?:นี้)?(?=[ก-๙]{{0,40}}?(?:กี่|เท่า(?:ใด|ไร)|ใด|อะไร|อย่างไร))"
    rf"|ในกรอบ(?:ข้าง|ด้าน)(?:ล่าง|บน|ต้น)|^(?:จาก|ตาม)(?:ข้อมูล|โจทย์|รายการ)(?:ข้างต้น|ด้านบน|ด้านล่าง)"
    rf"|\bin the (?:circuit|{_SHOWN}) (?:shown|given)\b|\b(?:row|column|bar|line|slice) of the (?:table|graph|chart)\b(?! of\b)"
    rf"|\bthe {_PAPER} (?:above|below|overleaf|opposite|shown|on the (?:left|right)){_NO_PLACE}|\bthe {_SHOWN} on the (?:left|right){_NO_PLACE}"
    r"|^(?:the|this) same (?:customer|guest|patient|client|worker|employee|driver|passenger|student|buyer|owner)\b|^(?:ลูกค้า|ผู้ป่วย|ผู้โดยสาร|แขก|พนักงาน|ลูกจ้าง)(?:ราย|คน|ท่าน)?(?:เดียวกัน)?(?:นี้|ดังกล่าว)"
    rf"|(?:^|จาก|ตาม|ใน){_THAI_PAPER}(?:ข้างต้น|ข้างล่าง|ด้านล่าง|ด้านบน|ข้างบน|ที่(?:แสดง|กำหนด(?:ให้)?|ให้มา))|^(?:จาก|ตาม|ใน)?{_THAI_PAPER}(?:ฉบับ)?(?:นี้|ดังกล่าว)"
    rf"|{_THAI_SHOWN}\S{{0,4}}(?:ที่(?:แสดง|ให้มา)|นี้)|วงจร(?:ที่แสดง|นี้)|(?<=[ก-๙])ใน(?:ภาพ|รูป|กราฟ|แผนภูมิ)(?!รวม|ลักษณ์|ยนตร์|แบบ|ถ่าย)|(?:แถว|คอลัมน์)(?:ใด|ไหน)ของตาราง"
    rf"|(?:จาก|ตาม|ใน)(?P<text6>{_THAI_TEXT})ที่(?:อ่าน|กำหนด(?:ให้)?|ให้มา)|(?:^|\s)อ่าน(?P<text7>ข้อความ|บทความ)(?:นี้)?แล้ว"
    rf"|{_THAI_SHOWN}(?:ประกอบ)?(?:ข้างต้น|ข้างล่าง|ด้านล่าง|ด้านบน|ข้างบน|ต่อไปนี้|ที่กำหนด(?:ให้)?)|(?P<text4>{_THAI_TEXT}(?:ข้างต้น|ด้านบน|ข้างบน)|(?:บทความ|บทอ่าน|บทสนทนา)(?:ต่อไปนี้|ด้านล่าง|ข้างล่าง))"
    rf"|(?:จาก|ตาม|ดู|พิจารณา|ศึกษา|สังเกต){_THAI_SHOWN}(?:ที่)?\s?[0-9๐-๙]*(?=\s|$)(?!\s?(?:ของ|แนบ|ท้าย))",
    re.I,
)
"""A reference in a stem to a picture, table or text that belongs to it."""

MAY_POINT_AT_CONTEXT = re.compile(
    rf"^(?:use|listen to|watch) the (?P<used>\w+)|(?<!with )\b(?:the|an) (?P<attached>attached|enclosed)\b|\b(?:this|these) (?P<this>{_SHOWN}|{_PAPER}|{_TEXT}|symbols?|tools?|devices?|objects?|machines?|parts?|marks?|clips?|recordings?|cases?|data)\b|(?:^|[.?!:]\s|\b(?:as|by|from|in|on|per|read|see|study|to|using|with) )(?:the|our) (?P<noun>{_SHOWN}|{_PAPER}|{_TEXT}|text|clip|recording|video|case|data|floor plan)\b(?! used to\b)(?! (?!that follows)(?:of|from|for|that|which|to|on|in|at|by|with|above|behind|below|over|under)\b)"
    rf"|(?:^|\s)(?:ให้)?(?:จาก|ตาม|ดัง|ดู|ฟัง|อ่าน|ชม|ใช้)(?:การ)?(?P<thai>{_THAI_SHOWN}|{_THAI_PAPER}|{_THAI_TEXT}|คลิป(?:เสียง)?|เสียง|วิดีโอ|ข้อมูล|เหตุการณ์|กรณี(?:ศึกษา)?)(?=\s|[ก-๙]{{0,20}}?(?:ประกอบ|แนบ)|ท้าย|ที่|ข้าง|ด้าน|ต่อไป|$)|^(?P<thai_this>[ก-๙]{{2,18}}?)(?:เหล่า)?(?<!ปี)(?<!คืน)(?<!เช้า)(?<!ค่ำ)(?<!วัน)(?<!เดือน)(?<!มา)(?<!ไตรมาส)(?<!สัปดาห์)(?<!บ่าย)(?<!ขณะ)(?<!ครั้ง)(?<!ต่อไป)นี้",
    re.I,
)
"""A word for a picture, table, text or thing that the stem may not contain."""

# ── images ───────────────────────────────────────────────────────────────────────────────────

SAYS_NOTHING = re.compile(
    r"(?:รูป|ภาพ|รูปภาพ|ภาพประกอบ|รูปประกอบ|แผนภูมิ|กราฟ|แผนผัง|ตาราง|image|picture|figure|photo|chart|graph|diagram|plan|table)"
    r"(?:ที่)?\s*[0-9๐-๙.]*",
    re.I,
)
FLOOR_PLAN = "ผังอาคาร"
"""An example of an alt text."""

# ── shapes ───────────────────────────────────────────────────────────────────────────────────

PARTS = re.compile(r"\s*[,;]\s*|\s+|(?<=\S)(?=และ|แล้ว|พร้อม)|(?<=[a-z]) (?=and |then |with |but )")
PART_BEGINS = re.compile(r"^(?:และ|แล้ว|หรือ|โดย|พร้อมกับ|พร้อม|(?:and|then|or|with|by|but|the|a|an)\s)+")
DENIES = re.compile(r"(ไม่เคย|ยังไม่|ไม่ได้|มิได้|ไม่มี|ไม่ใช่|ไม่)((?:(?!ไม่|และ|แต่|หรือ)\S){2,24})")
DENIES_IN_ENGLISH = re.compile(
    r"\b(not|never|no|without|nobody|none)\s+((?:(?!and |but |or )[\w'-]+\s?){1,4})"
)
NOT_DENIED = re.compile(r"ต้อง|สามารถ|จำเป็น|เพียงพอ|น้อยกว่า|มากกว่า|ทราบ|เกิน")
ASKS_NUMBER = re.compile(r"กี่|เท่าไร|เท่าไหร่|how (?:many|much|long|often)|what (?:number|percentage)", re.I)

# ── references ───────────────────────────────────────────────────────────────────────────────

LAW = re.compile(
    r"พ\.ร\.[บฎก]\.|พระราชบัญญัติ|พระราชกฤษฎีกา|พระราชกำหนด|ประมวลกฎหมาย|ประมวลรัษฎากร|ป\.(?:พ\.พ|วิ\.พ|วิ\.อ|อ)\.|กฎกระทรวง"
    r"|\b(?:[A-Z][\w'’-]*,? (?:(?:of|and|for|on|the|in) )*){1,8}(?:Act|Code|Decree|Ordinance)\b"
)
SECTION = re.compile(
    r"(?:มาตรา|ม\.|ข้อ)\s*[0-9๐-๙]|\b(?:[Ss]ections?|[Ss]ecs?\.|[Ss]s?\.?|[Aa]rticles?|[Aa]rts?\.|[Cc]lauses?|§§?)\s*\(?[0-9๐-๙]"
    r"|§\s*[0-9]"
)
OF_LAW = re.compile(
    r"(?:(?:มาตรา|ม\.|ข้อ)\s*[0-9๐-๙][^;]{0,40}?(?:แห่ง|ของ|ตาม)"
    r"|\b(?:[Ss]ections?|[Ss]ecs?\.|[Ss]s?\.?|[Aa]rticles?|[Aa]rts?\.|[Cc]lauses?)\s*[0-9][^;]{0,40}? of(?: the)?)\s*$"
)
AMENDED = re.compile(r"แก้ไข|amended")

# ── options alone ────────────────────────────────────────────────────────────────────────────

BECAUSE = re.compile(r"(?<!^)(?:เพราะ|เนื่องจาก|ด้วยเหตุที่|\bbecause\b|\bdue to\b)", re.I)
"""A reason after other words. An option that is only a reason answers a question for reasons and does not
count.
"""
PURPOSE = "ให้"
"""The first word of options that state a purpose, both positive and negative."""
NOT_FIRST = re.compile(r"^(?:ยังไม่|ไม่|มิ|not |no )", re.I)
"""A negation at the beginning of an option."""
