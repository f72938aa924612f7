"""Options, stems and rationales that refer to options by letter, number, place, or as a whole."""

from __future__ import annotations

from collections.abc import Sequence
from operator import itemgetter
from typing import Any

import pytest

from examgen.bank.rules.applying import read_settings
from examgen.bank.rules.option_references import refers_to_options
from tests.bank.labelled import judge, unit_draft_of

REFERRING = (
    "ทั้ง ก และ ข", "A and C only", "ก กับ ข", "ถูกทั้งข้อ 1 และข้อ 2", "เหมือนข้อ ก แต่เพิ่มค่าปรับ", "ทั้งสามข้อ",
    "1 และ 3", "ข้อ ก และ ค ถูก", "ก และ ข ถูกต้อง", "เฉพาะ ก และ ค", "ถูกทั้งสองข้อ", "ข้อแรกและข้อสุดท้าย",
    "สองข้อแรก", "ไม่มีข้อใดถูก", "ถูกทุกข้อ", "ผิดทุกข้อ", "ข้อ ก. ข. และ ค.", "ก, ข และ ค", "ตัวเลือกที่ 1 และ 2",
    "คำตอบข้อแรก", "ทุกข้อที่กล่าวมา", "ที่กล่าวมาทั้งหมด", "ทั้งหมดข้างต้น", "ทั้งหมดที่กล่าวมา",
    "ไม่ใช่ทั้ง ก และ ข", "ข้อ ข หรือ ค แล้วแต่กรณี", "ยกเว้นข้อ ก", "ตัวเลือกข้างต้นถูกทุกตัวเลือก", "ทั้งสองอย่าง",
    "ทำข้อ ก ก่อน แล้วทำข้อ ข", "ถูกมากกว่าหนึ่งข้อ", "ข้ออื่นผิดทั้งหมด", "ข้อ (ก) และ (ข)", "ก+ข", "ก & ค",
    "ก และ ข แต่ไม่ใช่ ค", "ทั้งข้อ ๑ และ ๒", "ข้อที่ 1 กับข้อที่ 3", "เช่นเดียวกับข้อ ข", "คำตอบ ก ข ค ถูก",
    "A and B", "Both A and B", "Neither A nor B", "A, B and C", "A or B", "(a) and (c)", "a and b",
    "Both of the above", "All of the above", "None of these", "None of the above", "Both", "Neither", "All of them",
    "All are correct", "More than one of the above", "Options A and B", "Option A, plus a receipt",
    "Same as A but with a fine", "As in (b), with a signature", "The first two options",
    "The first and third options", "All the above", "any of the above", "the previous answer",
    "All answers are correct", "Two of the above", "The options above", "Answers 1 and 2", "Choice 3", "A & C", "A/B",
    "A + C", "Either A or C", "Only A and D", "I and III", "1 and 3", "B and D are correct", "All except C", "Not A",
    "all of the preceding", "None of the other options", "Everything listed above", "No answer is correct",
    "Any of these", "A then B", "Both answers are correct", "All options", "both choices", "ทั้ง A และ B",
    "ข้อ A และ B", "ข้อ 1 และ 2 ถูกต้อง", "ถูกเฉพาะข้อ ก", "(All of these)", "[all of the above]", "all-of-the-above",
    "Allof the above", "None of teh above", "All the abvoe", "AOTA", "There is no correct answer",
    "No correct answer given", "All but the last one", "the above two", "first and third", "the 1st and 3rd",
    "#1 and #3", "No. 1 and no. 3", "the former and the latter", "All three", "Choices one and two",
    "Top two answers", "the other options", "only the first", "none apply", "Not listed here",
    "B or D, whichever is closer", "ถูก ทุก ข้อ", "ถูกทุกๆ ข้อ", "ถุกทุกข้อ", "ถูกหมด", "ผิดหมด", "ถูกทั้งคู่",
    "ถูกทั้งสอง", "ไม่มีข้อถูก", "ไม่มีข้อที่ถูก", "ไม่มีคำตอบที่ถูกต้อง", "ไม่มีตัวเลือกใดเหมาะสม",
    "ไม่มีในตัวเลือก", "ข้อบนถูก", "ข้างต้นทั้งหมด", "ทั้งคู่ข้างบน", "เหมือนข้างบน", "ตรงข้ามกับ ข",
    "ตัวเลือกทั้งหมด", "สองตัวเลือกบน", "ถูกเฉพาะสองอันแรก", "ถูกเพียงข้อเดียว", "ข้อที่หนึ่งและสาม",
    "ข้อ กและคเท่านั้น", "ทำได้ทุกข้อ", "ทุกอย่างที่กล่าวมา", "ใช้ได้ทุกวิธีที่ยกมา", "See A", "Same as B",
    "As in (a)", "Like A, but slower", "A is correct", "Both a and b", "(a) or (b), but not both", "A with B",
    "A plus C", "A, then C", "A without B", "A but not B", "B instead of A", "Everything in A and a permit",
    "What A says", "Answer A", "Choice B", "option c", "Option 2", "The answer above", "The one above",
    "Same as above", "See above", "Ditto", "As above, plus a fine", "All", "All three of them", "All are true",
    "None", "None of them", "None are correct", "Nothing above", "Both are true", "Neither is correct",
    "Any of the above", "A & B only", "A/B/C", "A–C", "Options A to C", "1 & 2", "1, 2", "1 or 2", "I, II and III",
    "ii and iv", "first two", "the last two", "the second and third", "First option only", "All but A",
    "All except the first", "Any except B", "Other than the above", "Something else not listed", "None is right",
    "Two are correct", "At least two of these", "More than one", "Exactly two of the above", "Not A or B", "Either",
    "A or B or both", "ก และ ข", "ก, ข", "ก ข และ ค", "ก/ข", "ก-ค", "ก ถึง ค", "ข้อ ก", "ข้อ ก เท่านั้น", "ตามข้อ ก",
    "ตามข้อ ก และเสียค่าปรับ", "เหมือน ก", "เหมือนข้อบน", "ข้อบน", "ข้อแรก", "ข้อข้างบน", "อันบน",
    "เช่นเดียวกับข้อแรก", "ตัวเลือก B", "ตัวเลือก A และ B", "ทั้งข้อ A และข้อ C", "คำตอบข้างบน", "ทั้งหมด",
    "ถูกหมดทุกข้อ", "ถูกทั้งหมด", "ถูกทั้ง ก และ ข", "ผิดทั้งหมด", "ไม่มีข้อถูกเลย", "ไม่มีข้อใดถูกต้อง",
    "ไม่มีคำตอบ", "ทุกข้อถูก", "ทุกข้อรวมกัน", "ข้อ 1, 2 และ 3", "ข้อ ๑ กับ ๓", "ข้อ 1 ถึง 3", "1-3",
    "ทั้งสามข้อที่กล่าวมา", "สองข้อแรกถูก", "สองข้อบน", "ถูกสองข้อ", "ถูกมากกว่า 1 ข้อ", "ทั้งคู่", "ทั้งสองข้อ",
    "ไม่ใช่ทั้งสองข้อ", "ข้อ ก หรือ ข ก็ได้", "ทำตาม ก แล้ว ข", "นอกจาก ก", "ยกเว้น ข", "ดูข้อ ก",
    "อย่างใดอย่างหนึ่งข้างต้น", "ตามข้อข้างต้น", "เหมือนข้างต้น", "ข้างบนทั้งหมด", "ถูกเฉพาะ ข", "ก ถูก ข ผิด",
    "ก และ ข ถูก แต่ ค ผิด", "ข้อ ก ถูกแต่ข้อ ข ผิด", "Like B", "Similar to A, but cheaper", "The same as (b)",
    "Both A and C, but not B", "A and also C", "A followed by C", "Either of A and B", "A or C, depending on size",
    "C, then B, then A", "B only", "(b) only", "Only (c)", "Just A", "A alone", "A as well as B", "Options 1–3",
    "Answers A and B together", "The answers above are all right", "The one before", "Everything above", "All these",
    "Each of the above", "Most of the above", "Some of the above", "Three of the above", "None of the options",
    "No correct option", "Every option is right", "The others are all wrong", "The other three", "The first answer",
    "The second option, with a permit", "All the options above", "The above, without C", "same as the first one",
    "ข้อ ก กับ ข", "ก หรือ ค", "เฉพาะข้อ ก กับ ค", "ทั้ง ก ข และ ค", "ข้อ ก ข ค รวมกัน", "เหมือนข้อ ข ทุกประการ",
    "ตาม ก และ ข", "ตัวเลือก ก หรือ ค", "ข้อ B และ C", "ข้อแรกเท่านั้น", "ข้อก่อนหน้า", "สองข้อข้างต้น",
    "ทั้งสองข้อข้างบน", "ถูกทุกตัวเลือก", "ถูกทุกคำตอบ", "ทุกคำตอบถูก", "ไม่มีข้อใดเลย", "ไม่มีข้อที่ถูกต้อง",
    "ข้อ ก และข้อ ข ถูกทั้งคู่", "เฉพาะข้อสุดท้าย", "คำตอบเหมือนข้อ ก", "ถูกต้องทั้ง 3 ข้อ", "ข้อ ค ถูกเพียงข้อเดียว",
    "ก่อน ข แล้วจึง ก", "ข้างต้นถูกทั้งหมด", "เป็นไปได้ทั้งหมดที่ให้มา", "กข", "กง", "อย่างอื่นที่ไม่ใช่สามอย่างแรก",
    "ใช้ทุกวิธีที่ว่ามาพร้อมกัน", "ไม่ใช่สักอย่าง", "Options one through three", "B, with a fine added", "ไม่มีอะไรถูกเลย",
    "ทุกอย่างที่ให้มา", "ทุกวิธี", "สามอย่างแรก", "สองอย่างหลัง", "ข โดยมีค่าปรับเพิ่ม", "AB", "BC only", "C, but at night",
    "either one", "the upper two", "the choice at the bottom", "the one listed third",
    "The lot", "The whole list", "Everything mentioned so far", "No option fits", "Any of those would do", "A combination of the other answers",
    "One and three", "Number 2 plus number 3", "The other three together", "The above but cheaper", "Two or more of these", "ถูกหลายข้อ",
    "Every option that follows", "The next one, but colder", "ทุกข้อต่อไปนี้", "ถูกทั้งสามอย่าง", "อย่างใดอย่างหนึ่งในสามข้อนี้", "ข้อที่อยู่ถัดขึ้นไป",
)  # fmt: skip

COMPLETE = (
    "วิตามิน ก และ ข", "ใช้สายไฟ A", "แจ้งหัวหน้า", "ตามข้อ 5 ของระเบียบ", "A large bolt", "Vitamin A and vitamin C",
    "Vitamins A and D", "Type B fire extinguisher", "ทั้งหมด 3 ชิ้น", "Plan B",
    "Consider other options with the customer", "Carry the load above the shoulders",
    "Answer a call from the customer", "first aid", "The last page of the contract", "ปฏิบัติตามข้อ 3 ของคู่มือ",
    "ส่งคืนทั้งหมดให้ลูกค้า", "Both parties sign the contract", "All parties must agree", "Neither party may cancel",
    "ทั้งสองฝ่ายลงนาม", "ทุกคนในทีม", "ข้อมูลของลูกค้า", "ข้อกำหนดของงาน", "ข้อ 3 วรรคสอง", "None is needed",
    "Any customer", "3 ข้อ", "1 และ 2 ปี", "อ่านข้อกำหนดข้างต้นให้ลูกค้าฟัง", "Grade A and grade B", "บริษัท ก",
    "ทำทั้งหมดในครั้งเดียว", "ตรวจทั้งสองด้าน", "ทั้งสองด้าน", "The third floor", "All of the doors are locked",
    "Two of the bolts are loose", "One of the first steps", "None of the staff", "ตอบคำถามข้อแรกก่อน",
    "Each of these bolts", "ให้คำตอบสุดท้ายแก่ลูกค้า", "ทุกข้อของสัญญา", "ข้อแรกของสัญญา", "ทุกข้อต่อของท่อ",
    "ทุกข้อร้องเรียน", "ทุกข้อตกลง", "ข้อสุดท้ายของนิ้ว", "ด้านบนและด้านล่าง", "เฉพาะด้านล่าง", "ทำทั้งหมด",
    "เพียงสาม", "คำตอบเดียว", "ถูกปรับทั้งหมด", "1/2", "5/6", "a b c", "All of the above-ground tanks",
    "All of the stove", "Only one", "Above and below", "The second floor", "Right", "Not true", "One or two",
    "Option 2 contract", "Option 1 insurance", "C and C++", "C++", "C#", "Vitamin B", "Plan A", "Plan B, then plan C",
    "Grade A", "Grade A and B", "Type A or B", "Type A", "Class B", "Size A", "A", "B", "Blood group A",
    "Hepatitis A and B", "Hepatitis B", "Appendix A", "Building A and building B", "A4", "A and E department",
    "R and D", "Q and A", "B and B hotel", "A to Z", "From A to B", "A minor", "All day", "All staff", "All hands",
    "All doors are shut", "None of the doors", "Both hands", "Both ends are sealed", "Either end", "Neither end",
    "The first aid box", "First come, first served", "The first of the month", "The last one in the queue",
    "The one with the red label", "Above the door", "Above 50 degrees", "The shelf above the sink", "Below zero",
    "See the manual", "See section 3", "As in the manual", "Same as last year", "Like a lever", "Answer the phone",
    "Answer the customer first", "The answer machine", "Choice of colours", "A choice of two colours",
    "Optional extras", "1 and 2 litres", "1 or 2 days", "Number 2", "2", "1-3 days", "3 and 4 years", "Nothing",
    "Only once", "Only one person", "ก.พ.", "กข 1234", "วิตามิน ก", "บริษัท ก และบริษัท ข", "นาย ก",
    "ข้อ 5 ของระเบียบ", "ข้อเท้า", "ข้อมือทั้งสองข้าง", "ทั้งหมด 5 ชิ้น", "ทุกคน", "ทุกข้อกำหนด", "ไม่มีผู้ใด",
    "ไม่มีคนอยู่", "ไม่มีคำตอบจากลูกค้า", "ประเภท ก", "ประเภท ก และ ข", "สาย A", "แผน B", "ตับอักเสบ A และ B",
    "เลือกกระดาษ", "ตอบลูกค้า", "เหมือนเดิม", "เหมือนปีก่อน", "ด้านบน", "ข้างบนตู้", "ชั้นแรก", "ขั้นแรก",
    "สองวันแรก", "ทั้งสองมือ", "ถูกที่สุด", "ราคาถูกทั้งหมด", "Option holders", "Option to renew", "Answer sheet",
    "First answer the phone", "The option period", "2 options", "A choice", "The right answer to the customer",
    "Above all, safety", "All above 18 years", "Both above the limit", "See above the door", "A or more", "B flat",
    "C sharp", "C and D batteries", "D cells", "E and F keys", "Vitamin B and C", "Either side", "Neither party",
    "None of the money", "All the staff", "All the above-mentioned staff", "The other end", "The other shift",
    "The first and last day", "The first or second Monday", "Last", "First", "The second", "Only if asked",
    "Same day", "Same size", "Like new", "Plus tax", "Except Sundays", "Without a permit", "1, 2 and 3 metres",
    "1 to 3 metres", "3", "Two", "Two or three", "At least two", "More than one person", "ข้อเสนอแรก",
    "ข้อความถึงลูกค้า", "คำตอบ", "คำตอบของลูกค้า", "ตัวเลือกสี", "ถูกต้อง", "ไม่ถูกต้อง", "ไม่มี", "ทั้งวัน",
    "ทั้งหมดของลูกค้า", "AB negative blood", "the upper two floors", "an ABC extinguisher", "AC", "CD", "คง",
    "ส่งเอกสารทั้งหมดที่ให้มา", "the previous answer sheet", "ทุกคน", "upper and lower", "อันละ 5 บาท", "ด้านล่าง", "ก่อนเที่ยง", "แล้วแต่หัวหน้า",
    "Two and three metres", "Number 2 and number 3 diesel", "A lot", "Whichever is nearer", "หลายวัน", "วันถัดไป", "It fits", "A combination lock",
)  # fmt: skip

RATIONALES = (
    "ข้อ ก ผิดเพราะยังไม่ได้ตรวจ", "ตัวเลือก ข ช้าเกินไป", "เฉลย ค", "ตอบข้อ ง", "คำตอบที่ถูกต้องคือ ข", "ถูกทุกข้อ",
    "ก ผิด เพราะไม่ครบ", "ตัวเลือกแรกถูกต้อง", "The correct answer is B.", "Option C is too slow.",
    "B is wrong: it leaks.", "ข เป็นคำตอบเพราะฆ่าเชื้อได้", "ต่างจาก ง ที่เสียเร็ว", "คำตอบที่สามปลอดภัยกว่า",
    "เพราะ ก ผิด ค ถูก", "Because B is right.", "See the explanation of D", "Unlike C, this one works",
    "Correct answer = b", "Answer: 2", "(b) is incomplete", "See the previous option.", "Answer: D",
    "The first option is faster.", "All of the above apply.", "See A", "See option A.", "As in (a)",
    "As in A, the valve is closed first.", "A is wrong because it leaks.", "A is incorrect.", "B is too slow.",
    "B fails under load.", "C omits the permit.", "D confuses cause and effect.", "(a) is incomplete",
    "[B] is out of date", "Same reason as B", "Same as A", "Identical to A", "Similar to (c)", "Compare with D.",
    "cf. B", "Cf. option C", "Unlike B, this works.", "In contrast to A, it holds.", "Refer to C",
    "Refer to the rationale of A", "Explained under A", "This contradicts A.", "This repeats option B",
    "Wrong for the same reason as C", "A and B are wrong because the tool is cold.", "Both A and B are incomplete",
    "Neither A nor C fits", "Only B meets the rule", "Not B, because it is late", "Because B is right",
    "While A is cheap, it is not safe.", "Although C is fast, it breaks.", "If A were true, nobody would ask.",
    "Correct is B", "Correct answer: B", "The answer is B", "The key is C", "Answer B", "Ans: C", "Choose B",
    "Pick C.", "B and C can be ruled out", "A, B and D are not tools.", "Choice D is a distractor",
    "Answer choice C is right", "Alternative B costs more", "Option b is wrong", "option (b) would break",
    "Options A-C are wrong", "A–C are distractors", "A through C are wrong.", "Distractor A is common",
    "The first option is wrong", "The last option is too long", "The second one is better",
    "The one above is cheaper", "The above option fails", "The option below is complete", "See above",
    "Same as above", "As above", "As explained above.", "Ditto", "The previous choice is better",
    "The next answer is safer", "The top answer", "The first is wrong because it is late",
    "The third and fourth are too hot", "Number 2 is wrong", "No. 3 is correct", "#2 is right",
    "2 is wrong because it leaks", "Option 2 is right", "Option two is right", "Choices 1 and 3 are out",
    "Letter C is the key", "Item B is wrong", "Opt. B is wrong", "All of the above", "None of the above applies",
    "All of the above are correct.", "A: wrong, it leaks", "B) too late", "B. Too late", "A - wrong", "(B) Correct.",
    "ข้อ ก ผิด", "ข้อก ผิด", "ตามข้อ ก", "ตามข้อ ก ต้องตรวจก่อน", "ดูข้อ ข", "เหมือนข้อ ก", "เหมือน ก",
    "เช่นเดียวกับ ข", "ต่างจาก ค", "ตัวเลือก B ผิด", "ตัวเลือก B", "ข้อ B ถูก", "ข้อ A และ B ผิด", "คำตอบ C ถูกต้อง",
    "ข้อบน", "ข้อบนผิด", "ข้อข้างบนครบกว่า", "ข้อล่างดีกว่า", "ข้อแรก", "ข้อแรกผิด", "ข้อแรกผิดเพราะช้า",
    "ข้อสุดท้ายครบถ้วน", "ข้อที่สองปลอดภัยกว่า", "ข้อก่อนหน้าถูกกว่า", "ข้อถัดไปครบกว่า", "อันแรกผิด",
    "ตัวแรกช้ากว่า", "สองข้อแรกผิด", "ข้อ 2 ผิด", "ข้อ ๒ ถูก", "ข้อ 2 ไม่ถูกต้อง", "ตัวเลือกที่ 3 ช้า", "ตัวเลือกแรก",
    "ก ผิด", "ก. ผิดเพราะช้า", "ก) ผิด", "(ก) ผิด", "ก ไม่ครบ", "ข ช้าเกินไป", "เพราะ ข ถูก", "แต่ ค ไม่ใช่",
    "ส่วน ง เป็นขั้นตอนหลัง", "ทั้ง ก และ ข ผิด", "ก และ ข ผิด", "ก กับ ค คล้ายกัน", "เฉลย ข", "ตอบ ค", "คำตอบคือ ง",
    "คำตอบที่ถูกคือข้อ ข", "ดูข้างบน", "เหมือนข้างบน", "ตามข้างต้น", "เช่นเดียวกับข้างบน", "ข้อความ ก ผิด",
    "ข้อ ก-ค ผิด", "ข้อย่อย ก ผิด", "เลือก ก เพราะ", "เลือกข้อ ก", "ตัวเลือก (ก)", "ตัวลวง ข", "ข้อ “ก” ผิด",
    "ข้อ'ข'ช้า", "ตัวเลือกบน", "คำตอบข้างล่าง", "ตัวเลือกก่อนหน้านี้", "ตัวเลือกถัดไป", "ตรงข้ามกับ ก", "ผิดเหมือน ก",
    "เหตุผลเดียวกับ ข", "เหตุผลเดียวกับข้อ ข", "อธิบายไว้ใน ก", "Like A, this ignores the permit.", "Just like B.",
    "Worse than A.", "Slower than option C.", "The reason is given under (b).", "Explained in the rationale for C.",
    "A would be right if the tank were empty.", "A could work, but D is safer.",
    "It is safer than B, but slower than C.", "D is the key.", "C: see the manual.",
    "Options B and D do not name the permit.", "Option (c) names no permit.", "Choice a is incomplete.",
    "Answer d is wrong.", "Response C describes another tool.", "Alternatives A and C are both slower.",
    "The two options above are slower.", "The last two answers are wrong.",
    "The fourth option is the only one that names it.", "The middle option is too hot.", "The upper two are wrong.",
    "Both options above are wrong.", "None of the above is safe.", "As mentioned above, it leaks.",
    "As stated in B, it leaks.", "Rather than A, use a wrench.", "Neither B nor D helps.",
    "This is the opposite of C.", "Wrong; B is right.", "Not A: the seal is worn.", "Correct: C", "Key: B",
    "Correct option: (b)", "Right answer is (d)", "B, because it is the rule.", "Even if A is chosen, it leaks.",
    "Number 4 is right.", "Answers 1 and 2 are wrong.", "Statement A is wrong.", "ตัวเลือก A ไม่ครบ",
    "ตัวเลือก ข. ผิด", "คำตอบ ข ครบที่สุด", "ข้อ ง. ถูกต้องที่สุด", "ข้อ ค ไม่ได้ตัดไฟ", "ข้อ ข และ ค ช้าเกินไป",
    "ข้อ ก, ข และ ค เป็นตัวลวง", "เหมือนตัวเลือก ก", "คล้าย ข แต่ช้ากว่า", "คล้ายกับข้อ ก", "ผิดเพราะเหตุเดียวกับ ก",
    "ต่างจากข้อ ง", "ดูคำอธิบายข้อ ก", "ดูคำอธิบาย ก", "ดูเหตุผลของข้อ ข", "ข้อข้างต้นผิด", "ข้อด้านบนครบกว่า",
    "ข้อที่ผ่านมาผิด", "ข้อที่ 2 ถูก", "ข้อที่สามถูกต้อง", "คำตอบที่ 3 ผิด", "สองข้อหลังช้าเกินไป",
    "สองตัวเลือกแรกผิด", "ถูกต้องทุกข้อ", "ไม่มีข้อใดถูก", "ก เป็นขั้นแรก", "ข เป็นเพียงการแจ้ง",
    "ถ้าเลือก ก จะไม่ปลอดภัย", "ผู้ที่ตอบ ข สับสนกับ ค", "ผู้เลือก ก ลืมตัดไฟ", "ส่วนข้อ ง เป็นของหัวหน้า",
    "เพราะข้อ ค ถูกกว่า", "แต่ข้อ A ไม่ใช่", "ข้อ B เป็นคำตอบ", "คำตอบคือ B",
    "Unlike choice two, this one leaves no marks.", "Option 3 lacks a seat.", "A, C and D need two people.",
    "ตัวเลือกที่สามให้กลิ่นเท่านั้น", "ก ค และ ง เกิดก่อนปั๊มเริ่มหมุน", "C and D lose their shape.", "The choice after this names a tool.",
)  # fmt: skip

PLAIN_RATIONALES = (
    "ทั้งสามข้อชัดแล้ว", "ข้อ 3 ของระเบียบห้ามไว้", "A leak is dangerous.", "Class B fires need foam.",
    "ไม่มีข้อใดกำหนดไว้", "The answer to the customer is late.", "Vitamin B is needed by nerves.",
    "Vitamin B is right for health", "Vitamins B and C are water-soluble.", "Plan A is cheaper.",
    "Plan B was rejected.", "Hepatitis B is a virus.", "Type A plugs have two pins.", "Blood group A can receive O.",
    "Grade A timber has no knots.", "C and C++ are compiled.", "C++ is compiled.", "C# runs on .NET.",
    "Written in C.", "The C language has pointers.", "The current (A) and voltage (V) are measured.",
    "Carbon (C) burns.", "Boron (B) is used in glass.", "Fluorine (F) is reactive.", "Section 5(a) forbids it.",
    "Under section 12 (b) of the Act it is void.", "Paragraph (a) of the Act forbids it.",
    "First (a) isolate, then (b) test.", "The 2nd floor is closed.", "Option 2 contracts are exercised daily.",
    "The option contract is void.", "The customer has the option to cancel.",
    "A correct answer to the customer saves time.", "The first step is to isolate.", "The first thing is the permit.",
    "The last page is blank.", "The second law of thermodynamics forbids it.", "The first and second laws apply.",
    "Above 50 degrees the seal melts.", "The temperature is above the limit.", "The valve above the tank is shut.",
    "The next shift is told.", "The previous owner pays.", "All of the bolts are loose.", "None of the staff knew.",
    "Both parties sign.", "The key is kept in the safe.", "The key opens the cabinet.",
    "The right tool is a torque wrench.", "Correct use needs a permit.", "The other options are slower.",
    "No other answer is complete.", "It is the only answer that names the permit.", "E-mail is not secure.",
    "D-Day was in June.", "X-rays are ionising.", "B2B sales are invoiced.", "A4 is the paper size.",
    "The drawing goes from A to B.", "The load moves from A to B.",
    "A B C of first aid: airway, breathing, circulation.", "Resistor B carries 2 A.",
    "Number 2 diesel is used in winter.", "The number 3 bus is late.", "Line A feeds pump B.", "Pump A is worn.",
    "Building C has no exit.", "Form B must be signed.", "Appendix A lists the tools.", "Table 2 gives the limits.",
    "See table 3.", "See section 4 of the manual.", "See Appendix B.", "See the manual.", "As in Figure A",
    "Room 2 is right of the door.", "2 is the smallest prime.", "3 is more than 2.", "The sum is 2.",
    "Answer the phone at once.", "Choose a safe place.", "Pick a clean cloth.", "Because a leak is dangerous",
    "ตามข้อ 5 ของระเบียบ", "ข้อ 2 ของสัญญากำหนดไว้", "ข้อแรกของสัญญาเป็นโมฆะ", "ข้อสุดท้ายของระเบียบห้าม",
    "ข้อต่อท่อแรกรั่ว", "ข้อมูลแรกไม่ครบ", "ข้อกำหนดแรกห้าม", "ขั้นแรกต้องตัดไฟ", "วิตามิน ก ละลายในไขมัน",
    "วิตามิน ก และ ข จำเป็น", "บริษัท ก จ่ายค่าจ้าง", "นาย ก เป็นผู้เสียหาย", "นาย ก และนาย ข ร่วมกัน",
    "โรคตับอักเสบ บี ติดต่อได้", "ไวรัสตับอักเสบ B ติดต่อทางเลือด", "ไฟประเภท B ใช้โฟม", "แผน A ถูกกว่า",
    "ประเภท ก ต้องตรวจทุกปี", "ใบอนุญาตประเภท ข ใช้ไม่ได้", "มาตรา 5 (ก) ห้าม", "ตอบลูกค้าก่อน",
    "ตอบคำถามของลูกค้าให้ครบ", "คำตอบที่ให้ลูกค้าต้องถูกต้อง", "เลือกกระดาษให้ถูกขนาด", "ข้างบนต้องไม่มีคน",
    "ด้านบนของถังรั่ว", "เหมือนกันทุกชิ้น", "ก็ต้องตรวจ", "ราคาถูกกว่า", "ถูกปรับทุกข้อหา", "กขค คือรหัส",
    "ก.พ. กำหนดไว้", "พ.ศ. 2560 ข้อ 4 กำหนด", "ข้อ 4 วรรคสองห้าม", "อุปกรณ์ตัวแรกเสีย", "คนแรกต้องแจ้ง",
    "ตัวอย่าง ก ในคู่มือ", "สาย A ต่อกับขั้ว B", "A ground fault trips the breaker.", "A wrong part was fitted.",
    "A correct reading needs a level.", "A more careful check is needed.", "A, the first letter, stands for airway.",
    "Drawing A is out of date.", "Zone B is off limits.", "Gate C stays shut.", "Method A is slower than method B.",
    "Phase A leads phase B.", "Group A streptococcus causes fever.", "Vitamins A, B and C are sold.",
    "Product A costs more than product B.", "Level B is required.", "Class A and class B fires differ.",
    "Unlike class B, class A fires need water.", "Like vitamin C, it dissolves.", "Same as grade B steel",
    "See drawing A.", "See clause 3(b).", "Not more than 2 A may flow.", "Only 2 A may flow.",
    "Choose grade A timber.", "Select class C.", "Either 1 or 2 bolts will do.", "The answer must be sent in a day.",
    "The best answer to a complaint is an apology.", "The first choice of tool is a wrench.",
    "The second response team arrives later.", "The next option to consider is repair.",
    "The last answer from the customer is filed.", "No option remains but to stop.", "The option to renew lapses.",
    "The above limits apply to pumps.", "The valve is above.", "As above 50 degrees, it melts.",
    "Heat rises above the lamp.", "The first is the permit, the second the lock.", "The top is open.",
    "The bottom is wet.", "The previous is kept on file.", "Item 3 is stored separately.", "Number 5 bolts are used.",
    "No. 2 fuel is stored here.", "The E and F keys are worn.", "An E. coli test is needed.", "ข้อ 1 ของระเบียบกำหนด",
    "ข้อ 2 ถูกยกเลิกแล้ว", "ข้อบังคับข้อแรกห้าม", "ข้อบกพร่องแรกต้องแก้", "ข้อบน ของสัญญา", "ตัวอย่างแรกผิด",
    "ข้อดีคือเร็ว", "ข้อเสียคือช้า", "ข้อควรระวังคือไฟ", "ข้อมูลถูกต้อง", "คำตอบของลูกค้าต้องบันทึก", "ตอบกลับทันที",
    "เลือกใช้ถุงมือ", "เลือกของดี", "ดูแลคนไข้", "ตามกฎหมายต้องแจ้ง", "ตามขั้นตอนแรก", "เฉพาะกรณีฉุกเฉิน",
    "ทั้งคู่ต้องลงนาม", "นาย ก ผิดสัญญา", "บริษัท ข ไม่จ่าย", "เกรด ก ราคาแพงกว่าเกรด ข",
    "ใบขับขี่ประเภท ค ใช้ไม่ได้", "กลุ่ม ก และกลุ่ม ข ต่างกัน", "โซน A ต่างจากโซน B",
    "วิตามิน A เหมือนวิตามิน D ที่ละลายในไขมัน", "ระดับ ก สูงกว่า ข", "อาคาร ก อยู่เหนืออาคาร ข", "ก.ล.ต. กำหนด",
    "ข.ส.ม.ก. เดินรถ", "ตัวแรกของรหัสคือจังหวัด", "The last one who leaves locks the door.", "ข้อสุดท้ายของสัญญากำหนดค่าปรับ",
    "The first step is to warn people; the last is the report.", "ข้อมูลในข้อ 5 ของสัญญา", "See question 4 of the form.",
    "The option two years before gave less.", "C and D batteries last longer.", "The A and E department is closed.", "Answer 2 calls at once.", "ข้อ 2 กำหนดให้สวมหมวก",
)  # fmt: skip

STEMS = (
    "เหตุใดตัวเลือก ก จึงไม่เหมาะสม", "Why is option B unsafe?", "ตัวเลือกแรกต่างจากข้ออื่นอย่างไร",
    "Why is A wrong?", "Which is true, A or B?", "Which of A, B and C is correct?", "Is it (a), (b), (c) or (d)?",
    "In which case would B be right?", "What makes option 2 the best?", "Why is the first option wrong?",
    "Which option below is right? If all of the above apply choose D.", "If A and B are both right, choose D.",
    "If more than one is right, mark E.", "Choose D if all are correct.", "Mark E if none of the above is right.",
    "Answer C if both are true", "ถ้าถูกทุกข้อให้ตอบ ง", "ข้อ ก ต่างจากข้อ ข อย่างไร", "เหตุใด ก จึงผิด",
    "เหตุใดตัวเลือก B จึงผิด", "ถ้าข้อ ก และ ข ถูก ให้เลือก ง", "ตัวเลือกแรกผิดเพราะเหตุใด",
    "ข้อแรกต่างจากข้อสุดท้ายอย่างไร", "หากไม่มีข้อใดถูก ให้ตอบข้อ จ", "เพราะเหตุใดข้อ ค จึงถูก",
    "คำตอบ A ดีกว่า B อย่างไร", "Why is C not acceptable?", "Compare options A and C. Which is safer?",
    "Which option above is best?", "Which option above is safest?", "If B is false, which is true?",
    "If A, B and C are all right, choose D.", "Select E if none is right.", "Why would A fail?",
    "เหตุใดข้อ ข จึงไม่ถูกต้อง", "ถ้าทั้ง ก และ ข ถูก ควรเลือกข้อใด", "ทำไมตัวเลือก C จึงผิด", "ถ้าถูกทุกข้อ ตอบ จ",
    "ก ข และ ค ข้อใดไม่ใช่เครื่องมือ", "จากข้อที่แล้ว ต้องแนบเอกสารใด", "Which is heavier than the choice at the bottom?",
    "Using your answer to the previous question, what is ordered?", "Which is cheaper, the upper two or the lower two?",
    "Refer to question 4. What is needed?", "จากคำตอบในข้อ 12 ควรทำสิ่งใดต่อ", "จากข้อก่อนหน้า ควรแจ้งผู้ใดเพิ่ม",
    "In the situation of the last question, who signs?", "Leaving the second choice out of account, which conducts best?",
    "Suppose you cannot do A. What is the next best step?", "Suppose A fails. What is the next step?", "Which is cheaper than the third one?",
    "What should be done after C?", "หากไม่มี ก ควรใช้สิ่งใดยกรถ", "ถ้าทำตาม ข ไม่ได้ พนักงานควรทำสิ่งใดแทน", "Which option is cheaper than the one listed third?",
    "นอกจากสองข้อแรกแล้ว พนักงานต้องทำสิ่งใด", "เมื่อทำสองข้อแรกแล้ว ควรทำสิ่งใดต่อ",
)  # fmt: skip

PLAIN_STEMS = (
    "Which option contract is exercised daily?", "Which grade is better, grade A or grade B?",
    "A customer asks for option 2 of the menu.", "The first option period ends in May. When does the second begin?",
    "Point A is 5 km from point B. How far is B from A?", "Firm A owes firm B 500 baht. What does A pay to B?",
    "Which programming languages are compiled: C and C++?", "In which case is a permit needed?",
    "Which of a cook and a waiter is paid?", "ข้อใดถูกต้อง", "ข้อใดไม่ใช่",
    "บริษัท ก ซื้อของจากบริษัท ข ใครเป็นผู้ซื้อ", "นาย ก ยืมเงินนาย ข ก ต้องคืนเมื่อใด", "วิตามิน ก ละลายในอะไร",
    "ข้อแรกของสัญญากล่าวถึงอะไร", "ตามข้อ 3 ของระเบียบ ใครอนุมัติ", "Which of vitamins A, B and C is fat-soluble?",
    "Pipe A and pipe B meet at C. Which valve is shut?",
    "A and B start a shop. A puts in 500 baht. What is B's share?", "If pump A is off, which pump runs?",
    "Which option does the contract give?", "The next answer from the customer is late. What do you do?",
    "ข้อใดเป็นคำตอบที่เหมาะสมแก่ลูกค้า", "ก เช่าบ้านของ ข แล้ว ก ไม่จ่ายค่าเช่า ข ควรทำอย่างไร",
    "บุคคลตามข้อ 2 ของสัญญาคือใคร", "จากข้อตกลงที่แล้วมา ผู้ใดเป็นผู้ลงนาม", "In question time, who speaks first?",
    "How do you reply to the last question of a customer?", "จากข้อมูลต่อไปนี้ ควรทำสิ่งใด", "ข้อความแรกในจดหมายควรเป็นอย่างไร",
    "แบบฟอร์มไม่ให้ย้อนกลับไปแก้คำตอบก่อนหน้า ผู้ดูแลควรทำสิ่งใด", "A caller repeats his first answer. What does the operator do?",
    "สัญญาข้อแรกกำหนดค่าเช่าไว้ ข้อสุดท้ายกำหนดค่าปรับ ผู้เช่าต้องดูส่วนใด", "The clerk scans the previous item again. What is shown?",
    "Which figure do you enter after the last sale?", "ต่อจากข้อเท้าคือส่วนใด",
)  # fmt: skip

OTHERS = ("แจ้งหน่วยงานปลายทาง", "บันทึกเหตุในระบบ", "ประสานผู้รับบริการ")


def found(code: str, **case: Any) -> list[str]:
    """The fields of an item in which the rule finds something."""
    return [field for field, _ in findings_of(code, **case)]


def findings_of(code: str, **case: Any) -> list[tuple[str, str]]:
    """The fields of an item in which the rule finds something, each with what it says."""
    case = {
        "id": "X-1",
        "stem": "หน่วยงานพบปัญหา ควรทำสิ่งใด",
        "options": [*OTHERS, "แจ้งหัวหน้า"],
        "key": "d",
    } | case
    settings, _ = read_settings(None)
    problems = judge([unit_draft_of([case])], settings, [code]).problems
    return [(str(one.field), str(one.message)) for one in problems]


def together(texts: Sequence[str]) -> list[Sequence[str]]:
    """The texts by twenty: a test of its own for each takes as long as the rule."""
    return [texts[n : n + 20] for n in range(0, len(texts), 20)]


@pytest.mark.parametrize("texts", together(REFERRING), ids=itemgetter(0))
def test_an_option_that_speaks_of_options_is_an_error(texts: Sequence[str]) -> None:
    for text in texts:
        assert refers_to_options(text), text
        assert found("all-or-none-of-the-above", options=[*OTHERS, text]) == ["options.d"], text


@pytest.mark.parametrize("texts", together(COMPLETE), ids=itemgetter(0))
def test_an_option_that_is_complete_in_itself_is_none(texts: Sequence[str]) -> None:
    assert [text for text in texts if refers_to_options(text)] == []


@pytest.mark.parametrize(
    ("stem", "options"),
    [
        ("ก. ตรวจรับ ข. เบิกจ่าย ค. บันทึก ข้อความใดถูกต้อง", ["ก และ ข", "ก และ ค", "ข และ ค", "ก"]),
        ("1) Lock out. 2) Test. 3) Tag. Which are needed?", ["1 and 2", "1 and 3", "2 and 3", "3"]),
        ("บริษัท ก จ้างบริษัท ข ขนของ ผู้ใดรับผิด", ["ก และ ข ร่วมกัน", "ผู้ขับ", "ผู้รับของ", "ประกันภัย"]),
        (
            "Companies B and C bid. Who wins?",
            ["B and C together", "Nobody else", "The owner", "A third firm"],
        ),
        ("Which blood group receives all?", ["A", "O", "B", "AB"]),
        ("In triangle ABC, which side is longest?", ["AB", "all are alike", "the base", "none can be told"]),
        ("Which current is in the mains?", ["DC", "AC", "both in turn", "AB"]),
        ("Which solve the equation?", ["1 and 3", "2 and 4", "1 and 5", "3 and 6"]),
        ("Which solve it?", ["One and three", "Two and four", "One and five", "Three and five"]),
        ("Which vitamins dissolve in fat?", ["A and D", "B1 and C", "C and B12", "B2 and C"]),
        ("Which antigens has blood group AB?", ["A only", "B only", "A and B", "Neither A nor B"]),
    ],
)
def test_letters_and_numbers_of_the_stem_are_not_those_of_options(stem: str, options: list[str]) -> None:
    assert found("all-or-none-of-the-above", stem=stem, options=options) == []


@pytest.mark.parametrize("texts", together(RATIONALES), ids=itemgetter(0))
def test_a_rationale_that_names_an_option_by_its_letter_is_an_error(texts: Sequence[str]) -> None:
    for text in texts:
        reasons = dict.fromkeys("abcd", "เพราะ") | {"b": text}
        assert found("option-by-letter", rationale=reasons) == ["rationale.b"], text
        assert found("option-by-letter", rationale=reasons, anchored=list("abcd")) == [], text


@pytest.mark.parametrize("texts", together(PLAIN_RATIONALES), ids=itemgetter(0))
def test_a_rationale_of_plain_words_is_none(texts: Sequence[str]) -> None:
    for text in texts:
        assert found("option-by-letter", rationale=dict.fromkeys("abcd", text)) == [], text


@pytest.mark.parametrize("stems", together(STEMS), ids=itemgetter(0))
def test_a_stem_that_names_an_option_is_an_error(stems: Sequence[str]) -> None:
    for stem in stems:
        assert found("option-by-letter", stem=stem) == ["stem"], stem


@pytest.mark.parametrize("stems", together(PLAIN_STEMS), ids=itemgetter(0))
def test_a_stem_of_plain_words_is_none(stems: Sequence[str]) -> None:
    for stem in stems:
        assert found("option-by-letter", stem=stem) == [], stem


@pytest.mark.parametrize(
    ("stem", "is_found"),
    [
        ("Which of A, B and C is NOT a cleaning agent?", True), ("Is it (a), (b), (c) or (d) that keeps fish cold?", True),
        ("ก ข ค และ ง ข้อใดไม่ใช่สารทำความสะอาด", True), ("A) Soap B) Salt C) Sand. Which of A, B and C is a cleaning agent?", False),
        ("Firms A, B and C bid. Which of A, B and C is cheapest?", False), ("![plan](p.png) Which of A, B and C is a door?", False),
        ("ก. สบู่ ข. เกลือ ค. ทราย ก ข และ ค สิ่งใดเป็นสารทำความสะอาด", False), ("Which of a cook and a waiter is paid?", False),
    ],
)  # fmt: skip
def test_letters_of_a_stem_that_lists_nothing_under_them_are_those_of_options(
    stem: str, is_found: bool
) -> None:
    assert found("option-by-letter", stem=stem) == (["stem"] if is_found else [])


@pytest.mark.parametrize("option", ["Both A and B", "A as well as C", "(a) + (b)", "A, B & C", "A and C only", "Option A", "Same as A"])  # fmt: skip
def test_the_article_of_an_option_is_no_letter(option: str) -> None:
    options = ["A compass", "The map", "A rope"]
    assert found("all-or-none-of-the-above", options=[*options, option]) == ["options.d"]
    stem, reasons = (
        "If A is not at hand, what shows the way?",
        {"a": "option A is too blunt.", "b": "เพราะ", "c": "เพราะ"},
    )
    assert found("option-by-letter", stem=stem, options=options, key="b", rationale=reasons) == [
        "stem",
        "rationale.a",
    ]


@pytest.mark.parametrize(
    "stem",
    [
        "Using your result from the previous item, how long is it?", "With the figure that you found before, how long is it?", "Who signs, as in the item above?",
        "From your last answer, what is the cost?", "Using the previous answer, find the cost.", "จากคำตอบของคุณในข้อก่อนหน้า ราคาเท่าใด", "ต่อเนื่องจากข้อ 12 ควรให้ยาใด",
        "จากคำตอบก่อนหน้า ราคาเท่าใด",
    ],
)  # fmt: skip
def test_a_stem_that_leans_on_another_question_is_told_as_such(stem: str) -> None:
    assert findings_of("option-by-letter", stem=stem)[0][1].count("refers to another question") == 1


@pytest.mark.parametrize(
    ("reference", "text", "is_found"),
    [("คู่มือ", "ข้อ 2 ใช้กับน้ำ", True), ("ระเบียบพัสดุ", "ข้อ 2 ใช้กับน้ำ", False), ("คู่มือ", "ข้อ 2 กำหนดไว้", False), ("ระเบียบพัสดุ", "ข้อ 2 ผิด", True)],
)  # fmt: skip
def test_a_number_is_no_option_where_a_law_may_have_it(reference: str, text: str, is_found: bool) -> None:
    reasons = dict.fromkeys("abcd", "เพราะ") | {"b": text}
    said = found("option-by-letter", rationale=reasons, reference=reference)
    assert said == (["rationale.b"] if is_found else [])


def test_a_stem_may_name_what_it_lists_itself() -> None:
    assert found("option-by-letter", stem="มีทางเลือก ก. ซ่อม ข. เปลี่ยน เหตุใดตัวเลือก ก จึงเหมาะสม") == []
