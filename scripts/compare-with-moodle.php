<?php
/* What Moodle's own importers make of a question file: JSON on standard output.
 *
 *     php scripts/moodle-reads.php FOLDER xml|gift FILE
 *
 * FOLDER holds Moodle's sources (question/format.php, question/format/, lib/xmlize.php, lib/questionlib.php,
 * question/engine/bank.php), which are not part of this project. Here stand only the few functions of Moodle's
 * platform that they call. */

error_reporting(E_ALL & ~E_DEPRECATED);
[, $folder, $format, $file] = $argv;
define('MOODLE_INTERNAL', true);
foreach (['MOODLE' => 0, 'HTML' => 1, 'PLAIN' => 2, 'WIKI' => 3, 'MARKDOWN' => 4] as $name => $number) {
    define("FORMAT_$name", $number);
}
const PARAM_TEXT = 'text', PARAM_FILE = 'file', DEBUG_DEVELOPER = 0;
$CFG = (object) ['dirroot' => $folder, 'libdir' => "$folder/lib"];
$USER = (object) ['id' => 1];
$problems = [];

class moodle_exception extends Exception {
    public function __construct($code, $module = '', $link = '', $a = null) {
        parent::__construct($code . ' ' . json_encode($a));
    }
}
class context_user {
    public static function instance($id) {
        return (object) ['id' => $id];
    }
}
class core_tag_tag {
    public static function is_enabled() {
        return true;
    }
}
class core_text {
    public static function strlen($text) {
        return mb_strlen($text);
    }
    public static function trim_utf8_bom($text) {
        return preg_replace('/^\xEF\xBB\xBF/', '', $text);
    }
}
class question_bank {
    public static function get_all_qtypes() {
        return [];
    }
    public static function get_qtype() {
        return null;
    }
}
class file_store {
    public array $files = [];
    public function create_file_from_string($record, $content) {
        $this->files[$record['itemid']][$record['filename']] = hash('sha256', $content);
    }
}
$store = new file_store();
function get_file_storage() {
    return $GLOBALS['store'];
}
function file_get_unused_draft_itemid() {
    static $n = 0;
    return ++$n;
}
function get_string($name, $module = '', $a = null) {
    return $name . ($a === null ? '' : ' ' . json_encode($a));
}
function get_config() {
    return 'abc';
}
function debugging($message) {
    $GLOBALS['problems'][] = $message;
}
function clean_param($text, $kind) {
    return $kind === PARAM_TEXT ? strip_tags($text) : $text;
}
function s($text) {
    return htmlspecialchars($text);
}
function shorten_text($text, $ideal) {
    return mb_substr(strip_tags($text), 0, $ideal);
}

require "$folder/question/format.php";
require "$folder/question/format/$format/format.php";
preg_match('/^function match_grade_options.*?^}/ms', file_get_contents("$folder/lib/questionlib.php"), $found);
eval($found[0]);
preg_match('/\$rawfractions = array\((.*?)\);/s', file_get_contents("$folder/question/engine/bank.php"), $found);
$grades = ['0.0' => '', '1.0' => '', '-1.0' => ''];
foreach (array_map('floatval', explode(',', trim($found[1], " \n,"))) as $grade) {
    $grades["$grade"] = $grades['-' . $grade] = '';
}

$class = "qformat_$format";
eval("class the_reader extends $class { public function all(\$f) { return \$this->readquestions(\$this->readdata(\$f)); } }");
$reader = new the_reader();
ob_start();
$read = $reader->all($file);
$printed = trim(ob_get_clean());
if ($printed !== '') {
    $problems[] = $printed;
}
$questions = [];
$category = null;
foreach ($read as $one) {
    if ($one->qtype === 'category') {
        $category = $one->category;
        continue;
    }
    $files = fn($part) => $store->files[$part['itemid'] ?? 0] ?? [];
    $questions[] = [
        'type' => $one->qtype,
        'name' => $one->name,
        'idnumber' => $one->idnumber ?? null,
        'category' => $category,
        'tags' => $one->tags ?? [],
        'stem' => $one->questiontext,
        'format' => $one->questiontextformat,
        'files' => $store->files[$one->questiontextitemid ?? 0] ?? [],
        'general' => $one->generalfeedback,
        'single' => (bool) ($one->single ?? false),
        'shuffle' => (bool) ($one->shuffleanswers ?? false),
        'answers' => array_map(fn($part) => $part['text'], $one->answer ?? []),
        'answer_files' => array_map($files, $one->answer ?? []),
        'feedback' => array_map(fn($part) => $part['text'], $one->feedback ?? []),
        'fractions' => $one->fraction ?? [],
        'grades' => array_map(fn($share) => match_grade_options($grades, $share), $one->fraction ?? []),
    ];
}
echo json_encode(['questions' => $questions, 'problems' => $problems], JSON_UNESCAPED_UNICODE), "\n";
