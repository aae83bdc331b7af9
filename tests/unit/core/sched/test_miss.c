/* SPDX-License-Identifier: Apache-2.0 */
/* test_miss.c - what stands in the way of demand that found no place. */
#include "core/sched/miss.h"

#include "core/model/why.h"
#include "core/sched/pack.h"
#include "tests/unit/core/sched/fixture.h"

/* A head that runs, and groups of which gpu may have two nodes. */
#define HEAD                                                                   \
	"'nodes':[{'instance_id':'h','type':'head','kind':'head',"             \
	"'status':'RAY_RUNNING','total':{'CPU':32,'own':1,'node:1.2.3.4':1},"  \
	"'available':{'CPU':1}}]"
#define GROUPS                                                                 \
	"'node_types':[{'name':'head','is_head':true,'resources':{'CPU':32}}," \
	"{'name':'cpu','resources':{'CPU':8,'memory':64},'max_workers':3,"     \
	"'labels':{'zone':'a','disk':'ssd'}},"                                 \
	"{'name':'gpu','resources':{'CPU':16,'GPU':4},'max_workers':2,"        \
	"'labels':{'zone':'b'}}]"
#define CLUSTER(config, demand)                                                \
	"'config':{" config GROUPS "}," HEAD ",'demand':{" demand "}"
#define TASKS(list) "'tasks':[" list "]"

/* All of the first entry's demand that found no place, as a sentence. */
static void assert_miss(const char *members, enum rt_entry_kind kind,
			enum rt_verdict verdict, const char *sentence)
{
	struct fixture f;
	char text[256];

	fixture_open(&f, members);
	assert_int_equal(rt_pack_run(f.snapshot, f.plan, &f.err), RT_OK);
	const struct rt_decision *d = rt_decision_seal(f.plan, f.arena);
	struct rt_miss miss = rt_miss_of(rt_misses_open(d, f.arena),
					 (struct rt_entry){ kind, 0 });
	assert_string_equal(
		rt_why_text(f.snapshot, miss.why, text, sizeof text), sentence);
	assert_int_equal(miss.verdict, verdict);
	fixture_close(&f);
}

static void test_no_node_is_large_enough(void **state)
{
	(void)state;

	assert_miss(CLUSTER("", TASKS("{'resources':{'GPU':8}}")),
		    RT_ENTRY_TASK, RT_VERDICT_NEVER,
		    "GPU 8 asked, the largest group has 4");
	assert_miss(CLUSTER("", TASKS("{'resources':{'CPU':20,'TPU':0.5}}")),
		    RT_ENTRY_TASK, RT_VERDICT_NEVER,
		    "TPU 0.5 asked, no group has any");
	assert_miss(CLUSTER("", TASKS("{'resources':{'CPU':1,'GPU':4,"
				      "'memory':64}}")),
		    RT_ENTRY_TASK, RT_VERDICT_NEVER,
		    "no group has all of it: the nearest is cpu, with GPU 0 "
		    "of the 4 asked");
}

static void test_a_maximum_binds(void **state)
{
	(void)state;

	assert_miss(CLUSTER("", TASKS("{'count':9,'resources':{'GPU':1}}")),
		    RT_ENTRY_TASK, RT_VERDICT_WAITS,
		    "group gpu is at its maximum of 2");
	assert_miss(CLUSTER("", TASKS("{'count':99,'resources':{'CPU':1}}")),
		    RT_ENTRY_TASK, RT_VERDICT_WAITS,
		    "the 2 groups that could hold it are at their maxima, gpu "
		    "at 2");
	assert_miss(CLUSTER("'max_workers':1,",
			    TASKS("{'count':9,'resources':{'GPU':1}}")),
		    RT_ENTRY_TASK, RT_VERDICT_WAITS,
		    "the cluster is at its maximum of 1 workers");
}

static void test_only_a_node_that_is_there(void **state)
{
	(void)state;

	assert_miss(CLUSTER("", TASKS("{'resources':{'CPU':32,'own':1}}")),
		    RT_ENTRY_TASK, RT_VERDICT_WAITS,
		    "only a node that is there could hold it, and has no room "
		    "now");
}

static void test_labels_and_nodes_may_yet_come(void **state)
{
	(void)state;

	assert_miss(CLUSTER("", TASKS("{'resources':{'memory':1},"
				      "'label_selectors':[[{'key':'zone','op':"
				      "'in','values':['a']},{'key':'disk','op':"
				      "'in','values':['hdd']}]]}")),
		    RT_ENTRY_TASK, RT_VERDICT_UNKNOWN,
		    "no group has the labels asked for: the nearest is cpu, "
		    "whose disk does not match");
	assert_miss(CLUSTER("", TASKS("{'resources':{'node:9.9.9.9':0.001}}")),
		    RT_ENTRY_TASK, RT_VERDICT_UNKNOWN,
		    "node:9.9.9.9 0.001 asked, no group has any");
	assert_miss(CLUSTER("", TASKS("{'resources':{'CPU_group_0_ab':1}}")),
		    RT_ENTRY_TASK, RT_VERDICT_UNKNOWN,
		    "CPU_group_0_ab 1 asked, no group has any");
	assert_miss(CLUSTER("", TASKS("{'resources':{'CPU_group_0_ab':1,"
				      "'GPU':9}}")),
		    RT_ENTRY_TASK, RT_VERDICT_NEVER,
		    "CPU_group_0_ab 1 asked, no group has any");
}

static void test_pods_can_grow(void **state)
{
	(void)state;

	assert_miss("'config':{'node_types':[{'name':'a','resources':{'CPU':1},"
		    "'max_workers':1,'ippr':{'max_cpu':8,'max_memory':0}}]},"
		    "'demand':{'tasks':[{'count':2,'resources':{'CPU':8}}]}",
		    RT_ENTRY_TASK, RT_VERDICT_WAITS,
		    "group a is at its maximum of 1");
}

static void test_no_group_of_workers(void **state)
{
	(void)state;

	assert_miss("'config':{'node_types':[]},'demand':{'tasks':[{}]}",
		    RT_ENTRY_TASK, RT_VERDICT_NEVER,
		    "there is no group of workers");
}

#define GANG(bundles) "'gangs':[{'bundles':[" bundles "]}]"
#define APART(res)                                                             \
	"{'resources':{" res "},'placement':[{'kind':'anti_affinity',"         \
	"'label':'g','value':'1'}]}"
#define TOGETHER(res)                                                          \
	"{'resources':{" res "},'placement':[{'kind':'affinity',"              \
	"'label':'g','value':'1'}]}"

static void test_gangs(void **state)
{
	(void)state;

	assert_miss(CLUSTER("", GANG("{'resources':{'CPU':1}},"
				     "{'resources':{'GPU':5}}")),
		    RT_ENTRY_GANG, RT_VERDICT_NEVER,
		    "GPU 5 asked, the largest group has 4");
	/* Together they are one request. */
	assert_miss(
		CLUSTER("", GANG(TOGETHER("'GPU':3") "," TOGETHER("'GPU':3"))),
		RT_ENTRY_GANG, RT_VERDICT_NEVER,
		"GPU 6 asked, the largest group has 4");
	assert_miss(CLUSTER("", GANG(APART("'GPU':1") "," APART(
					"'GPU':1") "," APART("'GPU':1"))),
		    RT_ENTRY_GANG, RT_VERDICT_WAITS,
		    "each of its 3 parts could be held, but the maxima leave "
		    "no room for all");
	assert_miss(CLUSTER("", GANG("{'placement':[{'kind':'affinity',"
				     "'label':'x'},{'kind':'anti_affinity',"
				     "'label':'x'}]}")),
		    RT_ENTRY_GANG, RT_VERDICT_UNKNOWN,
		    "a bundle has more than one placement");
}

static void test_constraints(void **state)
{
	(void)state;

	assert_miss(CLUSTER("", "'constraints':[{'requests':[{'count':90,"
				"'resources':{'CPU':1}}]}]"),
		    RT_ENTRY_CONSTRAINT, RT_VERDICT_WAITS,
		    "each of its 90 parts could be held, but the maxima leave "
		    "no room for all");
	assert_miss(CLUSTER("", "'constraints':[{'requests':[{'resources':"
				"{'CPU':1}},{'resources':{'CPU':17}}]}]"),
		    RT_ENTRY_CONSTRAINT, RT_VERDICT_WAITS,
		    "only a node that is there could hold it, and has no room "
		    "now");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_no_node_is_large_enough),
		cmocka_unit_test(test_a_maximum_binds),
		cmocka_unit_test(test_only_a_node_that_is_there),
		cmocka_unit_test(test_labels_and_nodes_may_yet_come),
		cmocka_unit_test(test_pods_can_grow),
		cmocka_unit_test(test_no_group_of_workers),
		cmocka_unit_test(test_gangs),
		cmocka_unit_test(test_constraints),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
